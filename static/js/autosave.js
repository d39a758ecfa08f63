// form[data-autosave="url"]: saved as you type. 600 ms after the last change the whole form is posted to the url (CSRF token in
// X-CSRFToken, Accept: application/json), one request at a time, again after a failure, and at once when the page is left.
// The answer: {"saved": ISO time, "problems": [Problem], "proposals": {path: {value, why}}, "summary": "1 problem on this page"}
//   problems, proposals and summary may be left out; a refusal is {"what", "why", "now"}.
// [data-saved] in the form says "Saving", "Draft saved 12:04" or why not. The form gets an event `saved` with the answer as detail.
import { showProblems, showProposals } from "./fields.js";
import { showRowProblems } from "./rows.js";
import { full } from "./times.js";

const WAIT = 600, AGAIN = 4000;

class Saver {
  constructor(form) {
    Object.assign(this, { form, timer: 0, busy: false, dirty: false, said: form.querySelector("[data-saved]") });
    form.addEventListener("input", () => this.later(WAIT));
    form.addEventListener("change", () => this.later(WAIT));
    form.addEventListener("submit", () => { clearTimeout(this.timer); this.dirty = false; });
    addEventListener("pagehide", () => this.leave());
  }

  later(wait) {
    this.dirty = true;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), wait);
  }

  post(more = {}) {
    const token = document.querySelector('meta[name="csrf-token"]').content;
    const headers = { "X-CSRFToken": token, Accept: "application/json" };
    return fetch(this.form.dataset.autosave, { method: "POST", body: new URLSearchParams(new FormData(this.form)), headers, ...more });
  }

  async save() {
    if (this.busy) return;
    this.busy = true;
    this.dirty = false;
    this.say("Saving");
    try {
      const answer = await this.post(), body = await answer.json();
      if (answer.ok) this.done(body); else this.refused(body);
    } catch {
      this.say("Not saved: Anchorage does not answer. Trying again.", true);
      this.later(AGAIN);
    } finally {
      this.busy = false;
    }
    if (this.dirty) this.later(WAIT);
  }

  done(body) {
    const at = body.saved ? new Date(body.saved) : new Date(), time = document.createElement("time");
    time.dateTime = at.toISOString();
    time.title = full(at);
    time.textContent = at.toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    if (this.said) { this.said.classList.remove("bad"); this.said.replaceChildren("Draft saved ", time); }
    // What the reader has typed since is judged by the next answer.
    if (!this.dirty) this.judge(body);
    this.form.dispatchEvent(new CustomEvent("saved", { detail: body, bubbles: true }));
  }

  judge({ problems, proposals = {}, summary }) {
    if (problems) {
      showProblems(this.form, problems);
      this.form.querySelectorAll("table[data-rows]").forEach((table) => showRowProblems(table, problems, proposals));
    }
    showProposals(this.form, proposals);
    const count = this.form.querySelector("[data-problem-count]");
    if (count && summary !== undefined) { count.hidden = !summary; count.querySelector("span").textContent = summary; }
  }

  refused({ what = "Anchorage refused it.", now = "" }) {
    this.say(`Not saved: ${what} ${now}`.trim(), true);
  }

  say(text, bad = false) {
    if (!this.said) return;
    this.said.textContent = text;
    this.said.classList.toggle("bad", bad);
  }

  leave() {
    clearTimeout(this.timer);
    if (this.dirty) this.post({ keepalive: true }).catch(() => {});
  }
}

for (const form of document.querySelectorAll("form[data-autosave]")) new Saver(form);
