// The wizard's own behaviour, on top of autosave.js:
//   the answer to a save renews what the form has seen, the stepper, and parts of the page ({parts: {id: HTML}})
//   a click in the stepper or on Back saves first, so that nothing typed is lost
//   fields marked data-unsaved (a password for signing in) leave the browser only with their own button
//   the field that a link names gets the focus
//   [data-reload] appearing (a plan has ended) reads the page again
import { icon } from "./rows.js";
import { localise } from "./times.js";

const form = document.querySelector("form.wiz[data-autosave]");
const MARKS = { done: "ok", problem: "bad", warning: "warn" };

function drawStep(link, { state, note }) {
  const current = link.getAttribute("aria-current") === "step", small = link.querySelector("small");
  if (!small) return;
  link.parentNode.classList.toggle("unneeded", state === "unneeded");
  const mark = MARKS[state], words = note || { done: "Done", todo: "Not yet" }[state] || "";
  if (small.textContent.trim() !== words) {
    small.className = note ? ({ problem: "bad", warning: "warn" }[state] || "") : "vh";
    small.replaceChildren(...(note && current && mark ? [icon(mark)] : []), words);
  }
  if (current) return;
  const use = link.querySelector(":scope > .i use");
  if (use && mark) {
    use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#${mark}`));
    use.parentNode.setAttribute("class", `i ${mark}`);
  }
}

// What an empty field will be stands in it, greyed.
function propose(values) {
  for (const [path, value] of Object.entries(values)) {
    const field = document.getElementById(path);
    if (field && "placeholder" in field) field.placeholder = value;
  }
}

function saved({ detail }) {
  if (detail.seen) form.elements.seen.value = detail.seen;
  for (const part of form.querySelectorAll(".anchors")) part.classList.toggle("has6", Boolean([...part.querySelectorAll('input[name$=".v6"]')].find((one) => one.value)));
  propose(Object.fromEntries(Object.entries(detail.proposals || {}).map(([path, one]) => [path, one.value])));
  const links = [...document.querySelectorAll(".steps li")].map((item) => item.querySelector("a"));
  (detail.steps || []).forEach((step, at) => { if (links[at]) drawStep(links[at], step); });
  for (const [id, html] of Object.entries(detail.parts || {})) {
    const old = document.getElementById(id);
    if (!old || old.contains(document.activeElement)) continue;
    const fresh = new DOMParser().parseFromString(html, "text/html").body.firstElementChild;
    if (!fresh) continue;
    localise(fresh);
    old.replaceWith(document.importNode(fresh, true));
  }
}

function go(event) {
  const link = event.target.closest?.(".steps a, .foot a.btn");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  const where = new URL(link.href).pathname.split("/").at(-1);
  event.preventDefault();
  const to = Object.assign(document.createElement("input"), { type: "hidden", name: "do", value: `go:${where}` });
  form.prepend(to);
  form.requestSubmit();
}

if (form) {
  let leaving = false;
  form.addEventListener("saved", saved);
  form.addEventListener("submit", () => { leaving = true; });
  form.addEventListener("formdata", (event) => {
    if (!leaving) for (const field of form.querySelectorAll("[data-unsaved]")) event.formData.delete(field.name);
  });
  document.addEventListener("click", go);
  for (const part of document.querySelectorAll("[data-proposed]")) propose(JSON.parse(part.dataset.proposed));
  addEventListener("pageshow", () => { leaving = false; form.querySelectorAll('input[name="do"]').forEach((one) => one.remove()); });
}

// A link from Review leads to a field: a list, a choice or a cell takes the focus as a plain input does (shell.js).
function focusTarget() {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target || !form) return;
  const field = target.tomselect ? target.tomselect.control_input : target.querySelector("input:checked, input:not([type=hidden])") || target;
  if (!field.matches("input, select, textarea") || target.matches("section")) return;
  field.focus();
  field.scrollIntoView({ block: "center" });
}

addEventListener("hashchange", focusTarget);
// The lists are dressed a moment after the page is there.
if (location.hash) setTimeout(focusTarget, 300);

new MutationObserver(() => { if (document.querySelector("[data-reload]")) location.reload(); })
  .observe(document.querySelector("main") || document.body, { childList: true, subtree: true });
