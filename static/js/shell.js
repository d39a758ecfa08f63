// The shell's small things:
//   [data-theme-switch]         switches light and dark, kept in this browser
//   [data-copy="text"]          copies the text and says so
//   [data-reveal="id"]          shows or hides the password field with that id
//   input[data-confirm="name"]  keeps its form's button disabled until the name is typed
//   details.menu                closes by Escape and by a click elsewhere
//   [role=tablist]              arrow keys, Home, End; a tab shows the panel of its aria-controls; #id of a panel opens it
//   form[data-once]             its button works once (set on forms that start something)
const root = document.documentElement;

function switchTheme() {
  const now = root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  root.dataset.theme = now === "dark" ? "light" : "dark";
  try { localStorage.setItem("theme", root.dataset.theme); } catch { /* this visit only */ }
}

export function announce(text) {
  let region = document.getElementById("announcer");
  if (!region) {
    region = Object.assign(document.createElement("div"), { id: "announcer", className: "vh" });
    region.setAttribute("role", "status");
    document.body.append(region);
  }
  region.textContent = text;
}

async function copy(button) {
  const done = await put(button.dataset.copy);
  announce(done ? `Copied ${button.dataset.copy}` : "The browser does not let this page copy. Select the text instead.");
  if (!done) return;
  const use = button.querySelector("use"), before = use.getAttribute("href");
  if (button.classList.contains("copied")) return;
  button.classList.add("copied");
  use.setAttribute("href", before.replace(/#.*/, "#tick"));
  setTimeout(() => { button.classList.remove("copied"); use.setAttribute("href", before); }, 1600);
}

async function put(text) {
  try { await navigator.clipboard.writeText(text); return true; } catch { return putByHand(text); }
}

// Pages served by http from another machine have no clipboard API.
function putByHand(text) {
  const area = Object.assign(document.createElement("textarea"), { value: text, className: "vh" });
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}

function reveal(button) {
  const input = document.getElementById(button.dataset.reveal), shown = input.type === "text";
  input.type = shown ? "password" : "text";
  button.setAttribute("aria-pressed", String(!shown));
}

function guard(input) {
  const button = input.form.querySelector("button.risk");
  button.disabled = input.value !== input.dataset.confirm;
}

function show(tab, focus) {
  for (const other of tab.closest("[role=tablist]").querySelectorAll("[role=tab]")) {
    const on = other === tab;
    other.setAttribute("aria-selected", String(on));
    other.tabIndex = on ? 0 : -1;
    document.getElementById(other.getAttribute("aria-controls")).hidden = !on;
  }
  if (focus) tab.focus();
}

function move(event) {
  const tab = event.target.closest("[role=tab]");
  if (!tab) return;
  const all = [...tab.closest("[role=tablist]").querySelectorAll("[role=tab]")], at = all.indexOf(tab);
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  show(all[(to + all.length) % all.length], true);
}

function openByHash() {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  const panel = target.closest("[role=tabpanel]");
  const tab = panel && document.querySelector(`[role=tab][aria-controls="${panel.id}"]`);
  if (tab) show(tab);
  for (let fold = target.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  if (target.matches("input, select, textarea")) { target.focus(); target.scrollIntoView({ block: "center" }); }
}

document.addEventListener("click", (event) => {
  const at = (selector) => event.target.closest?.(selector);
  if (at("[data-theme-switch]")) switchTheme();
  if (at("[data-copy]")) copy(at("[data-copy]"));
  if (at("[data-reveal]")) reveal(at("[data-reveal]"));
  if (at("[role=tab]")) show(at("[role=tab]"));
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  move(event);
  const menu = event.key === "Escape" && document.querySelector("details.menu[open]");
  if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
});
document.addEventListener("input", (event) => { if (event.target.matches?.("[data-confirm]")) guard(event.target); });
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-once]")) return;
  // After this turn, so that the pressed button's own name is still sent.
  setTimeout(() => event.target.querySelectorAll("button").forEach((button) => { button.disabled = true; }));
});
addEventListener("hashchange", openByHash);
addEventListener("swapped", () => document.querySelectorAll("[data-confirm]").forEach(guard));
addEventListener("pageshow", () => document.querySelectorAll("[data-once] button").forEach((button) => { button.disabled = false; }));
document.querySelectorAll("[data-confirm]").forEach(guard);
openByHash();
