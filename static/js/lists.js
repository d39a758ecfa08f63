// A list that is searched and filtered here: input[type=search][data-find="table id"] and buttons [data-state] in [data-states="table id"].
// Rows say what they are found by in data-text and which state they have in data-state. [data-none="table id"] shows when nothing fits.
function sift(table) {
  const text = document.querySelector(`[data-find="${table.id}"]`)?.value.trim().toLowerCase() ?? "";
  const state = document.querySelector(`[data-states="${table.id}"] [aria-pressed="true"]`)?.dataset.state ?? "";
  let shown = 0;
  for (const row of table.tBodies[0].rows) {
    const fits = (!state || row.dataset.state === state) && (row.dataset.text ?? row.textContent).toLowerCase().includes(text);
    row.hidden = !fits;
    shown += fits;
  }
  const none = document.querySelector(`[data-none="${table.id}"]`);
  if (none) none.hidden = shown > 0;
}

for (const table of document.querySelectorAll("table[data-list]")) {
  table.addEventListener("swapped", () => sift(table));
  document.querySelector(`[data-find="${table.id}"]`)?.addEventListener("input", () => sift(table));
  const states = document.querySelector(`[data-states="${table.id}"]`);
  states?.addEventListener("click", (event) => {
    const chosen = event.target.closest("button");
    if (!chosen) return;
    event.preventDefault();
    for (const button of states.querySelectorAll("button")) button.setAttribute("aria-pressed", String(button === chosen));
    sift(table);
  });
  sift(table);
}
