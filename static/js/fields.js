// What is known about fields, shown at them: problems and proposals. Used by autosave.js with the server's answer.
//   problem:  {field, severity: "blocking" | "warning", sentence, remedy}
//   proposal: {value, why}
const byId = (id) => document.getElementById(id);

// Blocking problems colour the box and take the help's place; warnings take the help's place.
export function showProblem(path, problem) {
  const field = document.querySelector(`[data-field="${CSS.escape(path)}"]`), text = byId(`${path}-e`);
  if (!field || !text) return false;
  const help = byId(`${path}-h`), blocking = problem?.severity === "blocking";
  text.textContent = problem ? [problem.sentence, problem.remedy].filter(Boolean).join(" ") : "";
  text.hidden = !problem;
  text.className = `help ${blocking ? "bad" : "warn"}`;
  if (help) help.hidden = Boolean(problem) || !help.textContent.trim();
  field.querySelector(".box")?.classList.toggle("err", blocking);
  const input = byId(path);
  if (blocking) input?.setAttribute("aria-invalid", "true"); else input?.removeAttribute("aria-invalid");
  return true;
}

// Problems of the whole form: those given are shown, all others cleared.
export function showProblems(form, problems) {
  const at = new Map();
  for (const problem of problems) if (!at.has(problem.field) || problem.severity === "blocking") at.set(problem.field, problem);
  for (const field of form.querySelectorAll("[data-field]")) showProblem(field.dataset.field, at.get(field.dataset.field));
}

export function showProposals(form, proposals) {
  for (const [path, proposal] of Object.entries(proposals)) {
    const chip = form.querySelector(`.prop[data-for="${CSS.escape(path)}"]`) || newChip(path);
    if (!chip) continue;
    chip.dataset.value = proposal.value;
    chip.querySelector("code").textContent = proposal.value;
    chip.querySelector("em").textContent = proposal.why;
    chip.setAttribute("aria-label", `Use ${proposal.value}, ${proposal.why}`);
    refresh(path);
  }
}

function newChip(path) {
  const field = document.querySelector(`[data-field="${CSS.escape(path)}"]`);
  if (!field) return null;
  const chip = Object.assign(document.createElement("button"), { className: "prop", type: "button" });
  chip.dataset.for = path;
  chip.append(...["code", "em", "kbd", "b"].map((tag) => document.createElement(tag)));
  chip.querySelector("kbd").textContent = "Enter";
  chip.querySelector("b").textContent = "Use";
  field.querySelector(".box").after(chip);
  return chip;
}

// Chip and mark of a field follow its value.
export function refresh(path) {
  const input = byId(path), chip = document.querySelector(`.prop[data-for="${CSS.escape(path)}"]`);
  if (!input || !chip) return;
  const taken = input.value.trim() === chip.dataset.value;
  chip.hidden = taken;
  chip.classList.toggle("ready", input.value.trim() === "");
  const mark = input.closest("[data-field]")?.querySelector("[data-mark]");
  if (!mark) return;
  mark.hidden = input.value.trim() === "";
  mark.textContent = taken ? "Derived" : "Overridden";
  mark.classList.toggle("own", !taken);
}
