// table[data-rows="l3out.anchors"][data-columns="pod node router_id …"]: rows edited in place (macro ui.rows).
//   Enter in the last, dashed row turns it into a row and opens the next; Enter elsewhere goes one row down.
//   A paste of several cells (tab-separated, as spreadsheets give them; also commas or semicolons between at least two rows)
//   fills rows from the cell in focus on. A first line that repeats the heads of the columns is skipped.
//   The bin removes a row. Names and ids stay PATH.INDEX.COLUMN without gaps.
// After each change the table sends an `input` event, so that the form's autosave runs.
// `showRowProblems(table, problems)` puts problems below their rows.

const cells = (row) => [...row.querySelectorAll("input, select")];
const isNew = (row) => row.classList.contains("new");
const isEmpty = (row) => cells(row).every((cell) => !cell.value.trim());
const dataRows = (table) => [...table.tBodies[0].rows].filter((row) => row.dataset.row !== undefined && !isNew(row));
const newRow = (table) => table.tBodies[0].querySelector("tr.new");
const tell = (table) => table.dispatchEvent(new Event("input", { bubbles: true }));

function add(table, values = []) {
  const template = table.parentElement.querySelector("template[data-row-template]");
  const row = template.content.firstElementChild.cloneNode(true);
  cells(row).forEach((cell, at) => { cell.value = values[at] ?? ""; });
  newRow(table).before(row);
  return row;
}

// Row numbers without gaps, in names, ids, labels.
function number(table) {
  [...dataRows(table), newRow(table)].forEach((row, index) => {
    row.dataset.row = index;
    const word = isNew(row) ? "new row" : `row ${index + 1}`;
    for (const cell of cells(row)) {
      const column = cell.name.split(".").at(-1);
      cell.name = cell.id = `${table.dataset.rows}.${index}.${column}`;
      cell.setAttribute("aria-label", cell.getAttribute("aria-label").replace(/, (new row|row.*)$/, `, ${word}`));
    }
    const bin = row.querySelector("[data-remove]");
    if (bin) { bin.value = `${table.dataset.rows}.${index}`; bin.setAttribute("aria-label", `Remove ${word}`); }
  });
}

function keep(table, focusColumn = 0) {
  const last = newRow(table);
  if (isEmpty(last)) return;
  const row = add(table, cells(last).map((cell) => cell.value.trim()));
  cells(last).forEach((cell) => { cell.value = ""; });
  number(table);
  tell(table);
  cells(newRow(table))[focusColumn].focus();
  return row;
}

function remove(table, row) {
  const next = dataRows(table)[dataRows(table).indexOf(row) + 1] || newRow(table);
  while (row.nextElementSibling?.classList.contains("why")) row.nextElementSibling.remove();
  row.remove();
  number(table);
  tell(table);
  cells(next)[0].focus();
}

export function parse(text) {
  const lines = text.replace(/\r/g, "").split("\n").filter((line) => line.trim());
  const by = ["\t", ";", ","].find((mark) => lines.some((line) => line.includes(mark)));
  if (!by || (by !== "\t" && lines.length < 2)) return null;
  return lines.map((line) => line.split(by).map((cell) => cell.trim()));
}

function isHead(table, line) {
  const heads = [...table.tHead.rows[0].cells].map((cell) => cell.textContent.trim().toLowerCase());
  return line.filter((cell) => heads.includes(cell.toLowerCase())).length >= Math.min(2, line.length);
}

function paste(event, table) {
  const lines = parse(event.clipboardData.getData("text/plain"));
  if (!lines) return;
  event.preventDefault();
  const wanted = lines.length > 1 && isHead(table, lines[0]) ? lines.slice(1) : lines;
  const row = event.target.closest("tr"), first = cells(row).indexOf(event.target);
  let at = isNew(row) ? dataRows(table).length : dataRows(table).indexOf(row);
  for (const line of wanted) {
    const into = dataRows(table)[at++] || add(table);
    line.forEach((value, offset) => { const cell = cells(into)[first + offset]; if (cell) cell.value = value; });
  }
  number(table);
  tell(table);
  cells(newRow(table))[first].focus();
}

function enter(event, table) {
  const row = event.target.closest("tr"), column = cells(row).indexOf(event.target);
  if (column < 0) return;
  event.preventDefault();
  if (isNew(row)) { keep(table); return; }
  const below = dataRows(table)[dataRows(table).indexOf(row) + 1] || newRow(table);
  cells(below)[column].focus();
}

// Problems whose field is the row (PATH.2) or a cell of it (PATH.2.v4), with an optional proposal for the cell.
export function showRowProblems(table, problems, proposals = {}) {
  for (const why of table.querySelectorAll("tr.why")) why.remove();
  for (const row of dataRows(table)) {
    const path = `${table.dataset.rows}.${row.dataset.row}`;
    const mine = problems.filter((problem) => problem.field === path || problem.field.startsWith(`${path}.`));
    const blocking = mine.some((problem) => problem.severity === "blocking");
    row.classList.toggle("sick", blocking);
    row.classList.toggle("worn", mine.length > 0 && !blocking);
    for (const cell of cells(row)) mark(cell, mine.find((problem) => problem.field === cell.id && problem.severity === "blocking"), `${path}-e`);
    if (mine.length) row.after(reason(table, path, mine, proposals));
  }
}

function mark(cell, problem, id) {
  cell.closest(".box")?.classList.toggle("err", Boolean(problem));
  if (problem) { cell.setAttribute("aria-invalid", "true"); cell.setAttribute("aria-describedby", id); } else cell.removeAttribute("aria-invalid");
}

function reason(table, path, problems, proposals) {
  const row = document.createElement("tr"), cell = row.insertCell();
  row.className = "why";
  cell.colSpan = table.tHead.rows[0].cells.length;
  cell.id = `${path}-e`;
  for (const problem of problems) {
    const line = document.createElement("span"), text = document.createElement("span");
    line.className = "row";
    text.textContent = [problem.sentence, problem.remedy].filter(Boolean).join(" ");
    line.append(icon(problem.severity === "blocking" ? "bad" : "warn"), text);
    const proposal = proposals[problem.field];
    if (proposal) line.append(chip(problem.field, proposal));
    cell.append(line);
  }
  return row;
}

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg"), use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  svg.setAttribute("class", "i");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", new URL(`../icons.svg#${name}`, import.meta.url).href);
  svg.append(use);
  return svg;
}

function chip(path, proposal) {
  const button = Object.assign(document.createElement("button"), { className: "prop", type: "button" });
  Object.assign(button.dataset, { for: path, value: proposal.value });
  const part = (tag, text) => Object.assign(document.createElement(tag), { textContent: text });
  button.append(part("code", proposal.value), part("em", proposal.why), part("b", "Use"));
  return button;
}

document.addEventListener("keydown", (event) => {
  const table = event.target.closest?.("table[data-rows]");
  // An empty cell with a proposal takes it first (proposals.js has then prevented the default).
  if (table && event.key === "Enter" && !event.isComposing && !event.defaultPrevented && event.target.tagName !== "BUTTON") enter(event, table);
});
document.addEventListener("paste", (event) => {
  const table = event.target.closest?.("table[data-rows]");
  if (table && event.target.matches("input")) paste(event, table);
});
document.addEventListener("click", (event) => {
  const bin = event.target.closest?.("table[data-rows] [data-remove]");
  if (!bin) return;
  event.preventDefault();
  remove(bin.closest("table"), bin.closest("tr"));
});
