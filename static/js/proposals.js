// .prop[data-for="id"][data-value]: a derived value, offered. A click takes it; so does Enter in the field while it is empty.
// Taking it fills the field, clears its problem, hides the chip and tells the form (an `input` event, so autosave sees it).
import { refresh, showProblem } from "./fields.js";

export function take(chip) {
  const input = document.getElementById(chip.dataset.for);
  if (!input) return;
  if (input.tomselect) { input.tomselect.addOption({ value: chip.dataset.value, text: chip.dataset.value }); input.tomselect.setValue(chip.dataset.value); }
  input.value = chip.dataset.value;
  if (!showProblem(chip.dataset.for, null)) clearCell(input);
  refresh(chip.dataset.for);
  if (chip.closest("tr.why")) chip.hidden = true;
  input.focus();
  input.dispatchEvent(new Event("input", { bubbles: true }));
}

function clearCell(input) {
  input.closest(".box")?.classList.remove("err");
  input.removeAttribute("aria-invalid");
}

document.addEventListener("click", (event) => {
  const chip = event.target.closest?.(".prop[data-for]");
  if (chip) take(chip);
});
document.addEventListener("input", (event) => { if (event.target.id) refresh(event.target.id); });
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing || event.target.tagName !== "INPUT" || event.target.value.trim()) return;
  const chip = document.querySelector(`.prop[data-for="${CSS.escape(event.target.id)}"]`);
  if (!chip || chip.hidden) return;
  event.preventDefault();
  take(chip);
});
for (const chip of document.querySelectorAll(".prop[data-for]")) refresh(chip.dataset.for);
