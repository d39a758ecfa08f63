// The page of a run: follows its event stream, keeps the log short in the page, and swaps the parts that changed.
//   #run[data-run][data-active][data-last]   which run, whether it goes on, the last line the page holds
import { announce } from "./shell.js";
import { localise, tick } from "./times.js";
import { LogView } from "./log.js";

const run = document.getElementById("run");
const log = new LogView(document.getElementById("log"), `/runs/${run.dataset.run}/lines`, { active: run.dataset.active === "yes" });

// Only what differs is replaced, so that a button in focus keeps it.
function swap(name, html) {
  const old = document.getElementById(`run-${name}`);
  const fresh = document.importNode(new DOMParser().parseFromString(html, "text/html").getElementById(`run-${name}`), true);
  if (!old || !fresh) return;
  localise(fresh);
  tick(fresh);
  if (old.outerHTML === fresh.outerHTML) return;
  const held = old.contains(document.activeElement) && document.activeElement.matches("input");
  if (held) return;
  old.replaceWith(fresh);
  fresh.querySelectorAll("[data-confirm]").forEach((input) => { input.form.querySelector("button.risk").disabled = true; });
  if (name === "tag") announce(fresh.textContent.trim());
}

function follow() {
  const stream = new EventSource(`/runs/${run.dataset.run}/events?after=${log.newest}`);
  stream.addEventListener("log", (event) => log.arrive(JSON.parse(event.data)));
  stream.addEventListener("state", (event) => {
    for (const [name, html] of Object.entries(JSON.parse(event.data).parts)) swap(name, html);
  });
  stream.addEventListener("end", () => { stream.close(); log.end(); });
  stream.addEventListener("error", () => {
    // A dropped connection is taken up by the browser; a refused one (signed out, restarted) is tried again from here.
    if (stream.readyState === EventSource.CLOSED) setTimeout(follow, 3000);
  });
}

if (run.dataset.active === "yes") follow();
