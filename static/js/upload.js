// [data-upload="url"]: an OVA from this computer, posted to the url with its progress; leaving the page or Cancel ends it.
// [data-template] appearing (an upload is done, here or on the server) chooses the template in its field.
import { announce } from "./shell.js";

const part = document.querySelector("[data-upload]");
const at = (selector) => part.querySelector(selector);
let request = null;

const said = (text, bad = false) => {
  const help = document.getElementById("upload-file-help");
  help.textContent = text;
  help.classList.toggle("bad", bad);
};

function start() {
  const file = at("#upload-file").files[0], name = at("#upload-name").value.trim();
  if (!file) return said("Choose a file first.", true);
  if (!name) { at("#upload-name").focus(); return said("Give the template a name first.", true); }
  const url = new URL(part.dataset.upload, location.href);
  url.search = new URLSearchParams({ name, folder: at("#upload-folder").value, file: file.name, start_once: at("#upload-once").checked });
  request = new XMLHttpRequest();
  request.open("POST", url);
  request.setRequestHeader("X-CSRFToken", document.querySelector('meta[name="csrf-token"]').content);
  request.setRequestHeader("Content-Type", "application/octet-stream");
  request.setRequestHeader("Accept", "application/json");
  request.upload.onprogress = ({ loaded, total }) => said(`${Math.floor((100 * loaded) / total)} % of ${file.name} left this computer. Keep this page open.`);
  request.onload = () => ended(request);
  request.onerror = () => ended(null, "The connection broke. Try again.");
  request.onabort = () => ended(null, "Cancelled. What was made in the vCenter is removed.");
  going(true);
  request.send(file);
}

function going(on) {
  at("[data-upload-start]").disabled = on;
  at("[data-upload-cancel]").hidden = !on;
  if (on) setTimeout(look, 700);
}

function ended(answer, words = "") {
  going(false);
  let body = {};
  try { body = JSON.parse(answer?.responseText || "{}"); } catch { /* a proxy's own page */ }
  const text = words || body.words || [body.what, body.why, body.now].filter(Boolean).join(" ") || "Anchorage refused it.";
  const done = body.state === "done";
  said(text, !done);
  announce(text);
  request = null;
  setTimeout(look, 300);
}

// The server's view of it: live.js asks again by itself while it goes on.
async function look() {
  const old = document.getElementById("upload-state");
  if (old.dataset.live) return;
  const answer = await fetch(part.dataset.upload, { headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("upload-state");
  if (fresh) { old.replaceWith(document.importNode(fresh, true)); choose(); }
  if (request && !fresh?.dataset.live) setTimeout(look, 700); else if (fresh?.dataset.live) setTimeout(follow, 900);
}

async function follow() {
  const state = document.getElementById("upload-state");
  delete state.dataset.live;
  await look();
}

function choose() {
  const name = document.getElementById("upload-state")?.dataset.template, field = document.getElementById("vcenter.template");
  if (!name || !field || field.value === name || choose.last === name) return;
  choose.last = name;
  if (field.tomselect) { field.tomselect.addOption({ value: name, text: name }); field.tomselect.setValue(name); }
  else { field.value = name; field.dispatchEvent(new Event("input", { bubbles: true })); }
}

if (part) {
  choose.last = document.getElementById("upload-state")?.dataset.template;
  at("[data-upload-start]")?.addEventListener("click", start);
  at("[data-upload-cancel]")?.addEventListener("click", () => request?.abort());
  addEventListener("swapped", choose, true);
  addEventListener("beforeunload", (event) => { if (request) event.preventDefault(); });
}
