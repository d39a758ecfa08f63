// A log of any length with at most WINDOW lines in the page. Older lines are read on scrolling up, newer ones on scrolling
// down; search and level are asked of the server, so they see the whole log and not just what is in the page.
import { full, hms } from "./times.js";

const WINDOW = 2000, CHUNK = 500, NEAR = 400, PACE = 100;
const CLASSES = { warning: "w", error: "e" }, WORDS = { warning: "WARN", error: "ERROR" };
const passes = { "": () => true, warning: (line) => line.level !== "info", error: (line) => line.level === "error" };

// One clone of a template a line: far cheaper than building its parts one by one.
const pattern = document.createElement("div");
pattern.append(...["i", "time", "b", "em", "span"].map((tag) => document.createElement(tag)));

function element(line) {
  const node = pattern.cloneNode(true), [number, time, level, stage, text] = node.children, at = new Date(line.at);
  if (CLASSES[line.level]) node.className = CLASSES[line.level];
  node.dataset.n = line.n;
  number.textContent = line.n;
  time.dateTime = line.at;
  time.textContent = hms(at);
  time.title = full(at);
  level.textContent = WORDS[line.level] || "INFO";
  stage.textContent = line.stage;
  text.textContent = line.text;
  return node;
}

function fragment(lines) {
  const all = document.createDocumentFragment();
  for (const line of lines) all.append(element(line));
  return all;
}

export class LogView {
  constructor(box, url, { active }) {
    const tools = document.getElementById("log-tools");
    Object.assign(this, {
      box, url, active, tools, find: document.getElementById("find"), button: document.getElementById("follow"),
      newerButton: document.getElementById("newer"), empty: document.getElementById("log-empty"),
      level: tools.querySelector('[aria-pressed="true"][name="level"]').value, query: "", following: true, missed: 0, drawn: 0,
      queue: [], loading: false, atTop: false, generation: 0, newest: Number(document.getElementById("run").dataset.last), counts: {},
    });
    this.query = this.find.value.trim();
    for (const count of tools.querySelectorAll("[data-count]")) this.counts[count.dataset.count] = Number(count.textContent.replace(/\D/g, ""));
    this.atTop = this.first <= 1;
    this.listen();
    this.setFollowing(true);
    this.bottom();
  }

  get first() { return Number(this.box.firstElementChild?.dataset.n ?? 0); }

  get last() { return Number(this.box.lastElementChild?.dataset.n ?? 0); }

  get nearEnd() { return this.box.scrollHeight - this.box.scrollTop - this.box.clientHeight < 40; }

  listen() {
    this.box.addEventListener("scroll", () => this.scrolled(), { passive: true });
    this.button.hidden = !this.active;
    this.button.addEventListener("click", () => (this.following ? this.setFollowing(false) : this.toEnd()));
    this.newerButton.addEventListener("click", () => this.toEnd());
    this.tools.addEventListener("submit", (event) => event.preventDefault());
    this.tools.addEventListener("click", (event) => {
      const chosen = event.target.closest('button[name="level"]');
      if (!chosen) return;
      for (const button of this.tools.querySelectorAll('button[name="level"]')) button.setAttribute("aria-pressed", String(button === chosen));
      this.level = chosen.value;
      this.sift();
    });
    let timer = 0;
    this.find.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => { this.query = this.find.value.trim(); this.sift(); }, 200);
    });
  }

  fits(line) {
    return passes[this.level](line) && (!this.query || line.text.toLowerCase().includes(this.query.toLowerCase()));
  }

  // New lines of the stream: drawn ten times a second at most, however fast they come.
  arrive(lines) {
    const news = lines.filter((line) => line.n > this.newest);
    if (!news.length) return;
    this.newest = news.at(-1).n;
    this.count(news);
    const wanted = news.filter((line) => this.fits(line));
    if (!wanted.length) return;
    if (!this.following) { this.missed += wanted.length; this.showMissed(); return; }
    if (!this.queue.length) setTimeout(() => requestAnimationFrame(() => this.draw()), Math.max(0, this.drawn + PACE - performance.now()));
    this.queue.push(...wanted);
  }

  draw() {
    this.drawn = performance.now();
    const lines = this.queue.slice(-WINDOW);
    this.queue = [];
    if (!this.following) { this.missed += lines.length; this.showMissed(); return; }
    this.box.append(fragment(lines));
    this.trim("firstElementChild");
    this.empty.hidden = true;
    this.bottom();
  }

  count(lines) {
    for (const key of ["all", "warning", "error"]) {
      this.counts[key] += lines.filter(passes[key === "all" ? "" : key]).length;
      this.tools.querySelector(`[data-count="${key}"]`).textContent = this.counts[key].toLocaleString("en");
    }
  }

  trim(side) {
    const surplus = this.box.childElementCount - WINDOW;
    if (surplus <= 0) return;
    const range = document.createRange();
    if (side === "firstElementChild") { range.setStartBefore(this.box.firstElementChild); range.setEndBefore(this.box.children[surplus]); this.atTop = false; }
    else { range.setStartAfter(this.box.children[WINDOW - 1]); range.setEndAfter(this.box.lastElementChild); }
    range.deleteContents();
  }

  bottom() { this.box.scrollTop = this.box.scrollHeight; }

  setFollowing(on) {
    this.following = on;
    this.button.setAttribute("aria-pressed", String(on));
    this.button.querySelector("span").textContent = on ? "Following" : "Follow";
    this.button.querySelector(".i").classList.toggle("off", !on);
    if (on) this.missed = 0;
    this.showMissed();
  }

  showMissed() {
    const detached = this.missed > 0;
    this.newerButton.hidden = !detached;
    this.newerButton.querySelector("span").textContent = `${this.missed.toLocaleString("en")} newer ${this.missed === 1 ? "line" : "lines"}`;
  }

  scrolled() {
    if (this.box.scrollTop < NEAR && !this.atTop) this.older();
    if (this.active) {
      if (this.following && this.box.scrollHeight - this.box.scrollTop - this.box.clientHeight > 200) this.setFollowing(false);
      else if (!this.following && this.nearEnd && !this.missed) this.setFollowing(true);
    }
    if (this.nearEnd && this.missed) this.newer();
  }

  async fetch(where) {
    const url = new URL(this.url, location.href), generation = this.generation;
    for (const [key, value] of Object.entries({ ...where, level: this.level, q: this.query, limit: CHUNK })) if (value !== "") url.searchParams.set(key, value);
    const answer = await fetch(url, { headers: { Accept: "application/json" } });
    const { lines = [] } = answer.ok ? await answer.json() : {};
    return generation === this.generation ? lines : null;
  }

  async once(work) {
    if (this.loading) return;
    this.loading = true;
    try { await work(); } catch { /* asked again at the next scroll */ } finally { this.loading = false; }
  }

  older() {
    return this.once(async () => {
      const lines = this.first && await this.fetch({ before: this.first });
      if (!lines) return;
      if (lines.length < CHUNK) this.atTop = true;
      const anchor = this.box.firstElementChild, before = anchor.offsetTop - this.box.scrollTop;
      this.box.prepend(fragment(lines));
      this.box.scrollTop = anchor.offsetTop - before;
      const cut = Math.max(0, this.box.childElementCount - WINDOW);
      if (cut) { this.trim("lastElementChild"); this.missed += cut; if (this.following) { this.following = false; this.setFollowing(false); } }
      this.showMissed();
    });
  }

  newer() {
    return this.once(async () => {
      const lines = await this.fetch({ after: this.last });
      if (!lines) return;
      const anchor = this.box.lastElementChild, before = anchor ? anchor.offsetTop - this.box.scrollTop : 0;
      this.box.append(fragment(lines));
      this.trim("firstElementChild");
      if (anchor?.isConnected) this.box.scrollTop = anchor.offsetTop - before;
      this.missed = lines.length < CHUNK ? 0 : Math.max(1, this.missed - lines.length);
      this.showMissed();
    });
  }

  // Back to the newest lines, in one step from wherever the reader is.
  async toEnd() {
    await this.fill();
    this.setFollowing(this.active);
    this.missed = 0;
    this.showMissed();
    this.bottom();
  }

  async fill() {
    this.generation += 1;
    this.queue = [];
    const lines = await this.fetch({});
    if (!lines) return;
    this.box.replaceChildren(fragment(lines));
    this.atTop = lines.length < CHUNK;
    this.missed = 0;
    this.empty.hidden = lines.length > 0;
    if (!lines.length) this.empty.textContent = this.query || this.level ? "No line fits. Clear the search or choose All." : "No line yet.";
  }

  async sift() {
    await this.fill();
    this.showMissed();
    this.bottom();
  }

  end() {
    this.active = false;
    this.button.hidden = true;
    if (!this.box.childElementCount && !this.query && !this.level) this.empty.textContent = "This run wrote no log.";
  }
}
