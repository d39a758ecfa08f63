// The simulator's page: reads /lab/node as branches are opened, follows /lab/changes. It changes nothing.
const byId = (id) => document.getElementById(id);
const MAX_CHANGES = 200;
const SIGN = { created: "+", modified: "~", deleted: "−" };

const make = (tag, className, text) => {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
};

const read = async (path) => {
  const reply = await fetch(path);
  return reply.json();
};

const nodeAt = (dn) => read(`/lab/node?dn=${encodeURIComponent(dn)}`);

let shown = "";

// ---- tree

const branch = (item) => {
  const li = make("li");
  li.setAttribute("role", "treeitem");
  li.dataset.dn = item.dn;
  const line = make("button", "line");
  line.type = "button";
  line.append(make("span", "twist", item.children ? "›" : ""), make("span", "", item.rn), make("span", "cls", item.class));
  li.append(line);
  if (item.children) li.setAttribute("aria-expanded", "false");
  line.addEventListener("click", () => { show(item.dn); toggle(li, item.dn); });
  return li;
};

const toggle = async (li, dn) => {
  const open = li.getAttribute("aria-expanded");
  if (open === null) return;
  if (open === "true") { li.setAttribute("aria-expanded", "false"); li.querySelector("ul")?.remove(); return; }
  await fill(li, dn);
};

// Reads a branch again; what was open below stays open.
const fill = async (li, dn) => {
  const open = [...li.querySelectorAll('li[aria-expanded="true"]')].map((below) => below.dataset.dn);
  const found = await nodeAt(dn);
  if (!found.children) return;
  const list = make("ul");
  list.setAttribute("role", "group");
  list.append(...found.children.map(branch));
  li.querySelector("ul")?.remove();
  li.append(list);
  li.setAttribute("aria-expanded", "true");
  for (const below of open) {
    const inner = lineOf(below);
    if (inner && inner.getAttribute("aria-expanded") === "false") await fill(inner, below);
  }
  if (shown) mark(shown);
};

const lineOf = (dn) => document.querySelector(`#tree li[data-dn="${CSS.escape(dn)}"]`);

// Opens the containers of an object, the highest first. Slashes in brackets belong to a name.
const containers = (dn) => {
  const found = [];
  let depth = 0;
  for (let at = 0; at < dn.length; at += 1) {
    if (dn[at] === "[") depth += 1;
    else if (dn[at] === "]") depth -= 1;
    else if (dn[at] === "/" && depth === 0) found.push(dn.slice(0, at));
  }
  return found;
};

const reveal = async (dn) => {
  for (const container of containers(dn)) {
    const li = lineOf(container);
    if (li && li.getAttribute("aria-expanded") !== "true") await fill(li, container);
  }
  const line = lineOf(dn)?.querySelector(".line");
  line?.scrollIntoView({ block: "center" });
  byId("tree").scrollLeft = 0;
  mark(dn);
};

const mark = (dn) => {
  for (const line of document.querySelectorAll("#tree .line[aria-current]")) line.removeAttribute("aria-current");
  lineOf(dn)?.querySelector(".line").setAttribute("aria-current", "true");
};

// ---- object

const show = async (dn) => {
  shown = dn;
  const found = await nodeAt(dn);
  const place = byId("object");
  if (found.error) { place.replaceChildren(make("p", "empty", found.error)); return; }
  const head = make("p", "dn");
  head.append(make("b", "", found.class), dn);
  const pairs = make("dl", "pairs");
  for (const [name, value] of Object.entries(found.attributes)) {
    if (name === "dn") continue;
    pairs.append(make("dt", "", name), value === "" ? make("dd", "unset", "–") : make("dd", "", value));
  }
  place.replaceChildren(head, pairs);
  mark(dn);
};

// ---- search

let asked = 0;

const find = async () => {
  const text = byId("text").value.trim();
  const turn = (asked += 1);
  byId("tree").hidden = text !== "";
  byId("found").hidden = text === "";
  if (!text) return;
  const found = await read(`/lab/find?text=${encodeURIComponent(text)}`);
  if (turn !== asked) return;
  const lines = found.found.map((item) => {
    const line = make("button", "line");
    line.type = "button";
    line.append(make("span", "", item.dn), make("span", "cls", item.class));
    line.addEventListener("click", async () => { byId("text").value = ""; await find(); await show(item.dn); await reveal(item.dn); });
    return line;
  });
  const head = found.total ? `${found.total} objects${found.total > lines.length ? `, the first ${lines.length}` : ""}` : "Nothing found.";
  byId("found").replaceChildren(make("p", "empty", head), ...lines);
};

// ---- changes

const told = (change) => {
  const hidden = ["dn", "modTs", "rn", "childAction", "status"];
  if (change.kind !== "modified") return "";
  return Object.entries(change.attributes).filter(([name]) => !hidden.includes(name)).map(([name, value]) => `${name} = ${value}`).join(", ");
};

const addChange = (change) => {
  byId("none").hidden = true;
  const item = make("li");
  const line = make("button", `change ${change.kind}`);
  line.type = "button";
  const when = new Date(change.attributes.modTs);
  const time = make("time", "", Number.isNaN(when.getTime()) ? "" : when.toLocaleTimeString());
  time.title = change.attributes.modTs ?? "";
  const what = make("span", "what", SIGN[change.kind]);
  what.title = change.kind;
  line.append(what, make("span", "", `${change.cls} ${change.kind}`), time, make("span", "where", change.dn));
  const how = told(change);
  if (how) line.append(make("span", "how", how));
  line.addEventListener("click", async () => { await show(change.dn); await reveal(change.dn); });
  item.append(line);
  byId("changes").prepend(item);
  while (byId("changes").children.length > MAX_CHANGES) byId("changes").lastChild.remove();
};

// Opened branches that a change touches are read again, once per burst.
const stale = new Set();
let timer = 0;

const refresh = async () => {
  timer = 0;
  const touched = [...stale];
  stale.clear();
  for (const dn of touched) {
    const li = lineOf(dn);
    if (li?.getAttribute("aria-expanded") === "true") await fill(li, dn);
  }
  facts();
  if (shown) await show(shown);
};

const follow = () => {
  const source = new EventSource("/lab/changes");
  const live = byId("live");
  source.onopen = () => { live.textContent = "live"; live.className = "state on"; };
  source.onerror = () => { live.textContent = "not connected"; live.className = "state off"; };
  source.onmessage = (event) => {
    const change = JSON.parse(event.data);
    addChange(change);
    const above = containers(change.dn);
    if (above.length) stale.add(above[above.length - 1]);
    if (!timer) timer = setTimeout(refresh, 400);
  };
};

const facts = async () => {
  const found = await read("/lab/health");
  byId("facts").textContent = `APIC ${found.version}, ${found.objects.toLocaleString()} objects`;
};

const start = async () => {
  const roots = await nodeAt("");
  byId("tree").replaceChildren(...roots.children.map(branch));
  const uni = lineOf("uni");
  if (uni) await fill(uni, "uni");
  await facts();
  follow();
};

byId("search").addEventListener("submit", (event) => { event.preventDefault(); find(); });
byId("text").addEventListener("input", find);
start();

// ---- the lab's living leaves

const chip = (leaf, gateways) => {
  const item = make("div", leaf.alive ? "leaf" : "leaf off");
  const states = Object.values(leaf.sessions);
  const up = states.filter((state) => state === "established").length;
  item.append(make("b", "", leaf.switch), make("span", "cls", leaf.vrf));
  item.append(make("span", up === states.length && leaf.alive ? "state on" : "state off", leaf.alive ? `${up}/${states.length} sessions` : "down"));
  const held = Object.entries(gateways).filter(([, holder]) => holder === leaf.name).map(([address]) => address);
  if (held.length) item.append(make("span", "state", `gateway ${held.join(", ")}`));
  item.title = Object.entries(leaf.sessions).map(([peer, state]) => `${peer} ${state}`).join("\n");
  return item;
};

const leaves = async () => {
  const found = await read("/lab/leaves").catch(() => ({ leaves: [] }));
  const place = byId("leaves");
  place.hidden = !found.leaves.length;
  place.replaceChildren(make("span", "label", "Leaves that run (simulated, FRR):"), ...found.leaves.map((leaf) => chip(leaf, found.gateways)));
  if (found.trouble) place.append(make("span", "state off", found.trouble));
};
leaves();
setInterval(leaves, 2000);
