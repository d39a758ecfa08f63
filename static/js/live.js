// [data-live="url"]: a part of the page that the server renders; read again every data-every seconds (2 by default) while the
// answer says so in its own data-live. A part that comes without data-live is final. While a field inside has the focus it waits.
// A part that was replaced sends the event `swapped`.
import { localise, tick } from "./times.js";

async function again(part) {
  if (part.contains(document.activeElement) && document.activeElement.matches("input, select")) return wait(part);
  try {
    const answer = await fetch(part.dataset.live, { headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(part.id);
    if (!fresh) return;
    const node = document.importNode(fresh, true);
    localise(node);
    tick(node);
    if (node.outerHTML !== part.outerHTML) { part.replaceWith(node); part = node; part.dispatchEvent(new Event("swapped", { bubbles: true })); }
  } catch { /* asked again below */ }
  if (part.dataset.live) wait(part);
}

function wait(part) { setTimeout(() => again(part), Number(part.dataset.every || 2) * 1000); }

for (const part of document.querySelectorAll("[data-live]")) wait(part);
