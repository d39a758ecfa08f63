// Help that follows the focus: a field with data-help="id" shows <section data-topic="id"> of the panel [data-help-panel].
// data-start on the panel names the topic to begin with; a field without its own help leaves the panel as it is.
const panel = document.querySelector("[data-help-panel]");

export function showTopic(id) {
  const wanted = panel && [...panel.querySelectorAll("[data-topic]")].find((topic) => topic.dataset.topic === id);
  if (!wanted) return;
  for (const topic of panel.querySelectorAll("[data-topic]")) topic.hidden = topic !== wanted;
}

if (panel) {
  if (panel.dataset.start) showTopic(panel.dataset.start);
  document.addEventListener("focusin", (event) => {
    const field = event.target.closest?.("[data-help]") || event.target.closest?.(".f")?.querySelector("[data-help]");
    if (field) showTopic(field.dataset.help);
  });
  if (document.activeElement?.dataset?.help) showTopic(document.activeElement.dataset.help);
}
