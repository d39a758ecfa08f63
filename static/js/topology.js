// [data-topology="JSON"]: the picture of a cluster. Dagre places fabric, leaves, racks and the API address in layers;
// the machines of a rack stand in a grid inside it. Everything is SVG with classes: themes need no redrawing.
//   [data-drawing] takes the picture, data-say its words; [data-save-svg] saves it as a file that stands alone.
import { Graph, layout } from "../vendor/dagre.esm.js";

const NS = "http://www.w3.org/2000/svg";
const CELL = { w: 136, h: 44, gap: 8 }, HEAD = 28, PAD = 12, LEAF = { w: 132, h: 56 }, WIDE = 1040;

const short = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

function make(tag, attributes, ...children) {
  const element = document.createElementNS(NS, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

const text = (x, y, cls, words, most = 99, anchor = "middle") => make("text", { x, y, class: cls, "text-anchor": anchor }, short(words, most));
const box = (x, y, w, h, cls, title) => make("rect", { x, y, width: w, height: h, rx: 6, class: cls }, ...(title ? [make("title", {}, title)] : []));

// Columns of a rack's grid: as many as the picture's width leaves to each rack.
function grid(rack, racks) {
  const most = Math.max(1, Math.floor((WIDE / racks - 2 * PAD) / (CELL.w + CELL.gap)));
  const cols = Math.max(1, Math.min(rack.machines.length || 1, most)), rows = Math.max(1, Math.ceil(rack.machines.length / cols));
  return { cols, width: cols * (CELL.w + CELL.gap) - CELL.gap + 2 * PAD, height: HEAD + rows * (CELL.h + CELL.gap) - CELL.gap + PAD };
}

function graphOf(top) {
  const graph = new Graph();
  graph.setGraph({ rankdir: "TB", nodesep: 20, ranksep: 44, marginx: 16, marginy: 16 });
  graph.setDefaultEdgeLabel(() => ({}));
  graph.setNode("fabric", { kind: "fabric", width: 220, height: 48 });
  top.leaves.forEach((leaf, n) => {
    graph.setNode(`leaf ${n}`, { kind: "leaf", leaf, width: LEAF.w, height: LEAF.h });
    graph.setEdge("fabric", `leaf ${n}`, { kind: "fabric" });
  });
  top.racks.forEach((rack, n) => {
    graph.setNode(`rack ${n}`, { kind: "rack", rack, ...grid(rack, top.racks.length) });
    top.leaves.forEach((leaf, m) => { if (leaf.rack === rack.name) graph.setEdge(`leaf ${m}`, `rack ${n}`, { kind: !leaf.all ? "bgp" : leaf.up === leaf.all ? "up" : "down", leaf }); });
  });
  if (top.api) {
    graph.setNode("api", { kind: "api", width: 220, height: 48 });
    top.racks.forEach((rack, n) => { if (rack.machines.some((machine) => machine.role === "control plane")) graph.setEdge(`rack ${n}`, "api", { kind: "api" }); });
  }
  // Leaves come rack by rack, so the order in which they were added crosses no lines; another one would surprise the reader.
  layout(graph, { disableOptimalOrderHeuristic: true });
  level(graph);
  return graph;
}

// Dagre centres the nodes of a layer; racks of different heights read better when they begin at one line.
function level(graph) {
  const racks = graph.nodes().filter((name) => graph.node(name).kind === "rack");
  const top = Math.min(...racks.map((name) => graph.node(name).y - graph.node(name).height / 2));
  for (const name of racks) {
    const node = graph.node(name), by = top - (node.y - node.height / 2);
    node.y += by;
    for (const edge of graph.inEdges(name)) graph.edge(edge).points.at(-1).y += by;
    for (const edge of graph.outEdges(name)) graph.edge(edge).points[0].y += by;
  }
}

function line(points) {
  const [first, ...rest] = points;
  return `M${first.x} ${first.y}${rest.map(({ x, y }) => `L${x} ${y}`).join("")}`;
}

const DRAW = {
  fabric: (node, top) => [box(node.x - node.width / 2, node.y - 24, node.width, 48, "zone"), text(node.x, node.y - 3, "hd", top.fabric[0].toUpperCase() + top.fabric.slice(1), 28), text(node.x, node.y + 15, "mu", top.vrf ? `VRF ${top.vrf}` : "", 34)],
  leaf: ({ x, y, leaf }) => [
    box(x - LEAF.w / 2, y - LEAF.h / 2, LEAF.w, LEAF.h, "bx", [leaf.title, leaf.pod && `pod ${leaf.pod}`, leaf.router_id && `router id ${leaf.router_id}`, leaf.v6].filter(Boolean).join(", ")),
    text(x, y - 6, "hd", leaf.title, 16), text(x, y + 13, "mo", leaf.v4 || leaf.v6, 18),
  ],
  rack: ({ x, y, width, height, cols, rack }) => {
    const left = x - width / 2, top = y - height / 2, parts = [box(left, top, width, height, "zone"), text(left + PAD, top + 19, "hd", rack.title, Math.floor(width / 8), "start")];
    if (!rack.machines.length) parts.push(text(x, top + HEAD + 26, rack.words.includes(".") ? "mo" : "mu", rack.words, 22));
    rack.machines.forEach((machine, n) => {
      const cx = left + PAD + (n % cols) * (CELL.w + CELL.gap), cy = top + HEAD + Math.floor(n / cols) * (CELL.h + CELL.gap);
      const title = [machine.name, machine.role, machine.v4, machine.v6, STATES[machine.state]].filter(Boolean).join(", ");
      parts.push(box(cx, cy, CELL.w, CELL.h, machine.role === "control plane" ? "soft" : "bx", title),
        text(cx + CELL.w / 2, cy + 18, "hd", machine.name, 17), text(cx + CELL.w / 2, cy + 35, "mo", machine.v4 || machine.v6, 19), ...(MARKS[machine.state] ? [MARKS[machine.state](cx + 13, cy + 14)] : []));
    });
    return parts;
  },
  api: (node, top) => [box(node.x - node.width / 2, node.y - 24, node.width, 48, "ghost"), text(node.x, node.y - 3, "hd", "API address"), text(node.x, node.y + 15, "mo", top.api, 30)],
};
const EDGES = { fabric: "ln thin", bgp: "ln", api: "ln dash", up: "up", down: "down" };
const STATES = { up: "sessions up", part: "some sessions down", down: "no session up" };
// Sessions of a machine: shape and colour. A disc: up; a triangle: some down; a cross: all down.
const MARKS = {
  up: (x, y) => make("circle", { cx: x, cy: y, r: 4, class: "fok" }),
  part: (x, y) => make("path", { d: `M${x} ${y - 5}l6 10h-12z`, class: "fwa" }),
  down: (x, y) => make("path", { d: `M${x - 4} ${y - 4}l8 8m0-8l-8 8`, class: "cross" }),
};

function draw(part) {
  const top = JSON.parse(part.dataset.topology), into = part.querySelector("[data-drawing]");
  if (!top.leaves.length && !top.racks.some((rack) => rack.machines.length)) {
    into.replaceChildren(Object.assign(document.createElement("p"), { className: "none", textContent: "Nothing to draw yet: leaves and machines come from their pages." }));
    return;
  }
  const graph = graphOf(top), { width, height } = graph.graph();
  const svg = make("svg", { xmlns: NS, class: `d topo-svg${width > 720 ? " wide" : ""}`, width: Math.ceil(width), height: Math.ceil(height), viewBox: `0 0 ${Math.ceil(width)} ${Math.ceil(height)}`, role: "img", "aria-label": part.dataset.say });
  for (const edge of graph.edges()) {
    const { points, kind, leaf } = graph.edge(edge);
    svg.append(make("path", { d: line(points), class: EDGES[kind] }));
    if (kind === "down") {
      const side = points.at(-1).x > points[0].x ? -1 : 1; // away from where the line bends
      svg.append(text(points[0].x + side * 8, points[0].y + 18, "fba", `${leaf.up} of ${leaf.all} up`, 20, side < 0 ? "end" : "start"));
    }
  }
  for (const name of graph.nodes()) {
    const node = graph.node(name);
    svg.append(make("g", {}, ...DRAW[node.kind](node, top)));
  }
  into.replaceChildren(svg);
  const save = part.querySelector("[data-save-svg]");
  save.hidden = false;
  save.onclick = () => download(svg);
}

// A copy in which each element carries what the style sheets give it, so that the file needs none of them.
function download(svg) {
  const copy = svg.cloneNode(true), from = svg.querySelectorAll("*"), to = copy.querySelectorAll("*");
  from.forEach((element, n) => {
    const style = getComputedStyle(element);
    for (const name of ["fill", "stroke", "stroke-width", "stroke-dasharray", "font-family", "font-size", "font-weight"]) to[n].setAttribute(name, style.getPropertyValue(name));
    to[n].removeAttribute("class");
  });
  const back = make("rect", { width: "100%", height: "100%", fill: getComputedStyle(svg.closest(".card")).backgroundColor });
  copy.prepend(back);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([new XMLSerializer().serializeToString(copy)], { type: "image/svg+xml" }));
  link.download = "topology.svg";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

function drawAll(root = document) { root.querySelectorAll("[data-topology]").forEach(draw); }

addEventListener("swapped", (event) => drawAll(event.target), true);
drawAll();
