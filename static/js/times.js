// <time datetime="…" data-show="time|date|ago|full">: shown in the reader's zone, with the exact time on hover.
// Elements that come later (log lines, parts read again) are found by `localise(root)`.
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const short = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });
const exact = new Intl.DateTimeFormat("en-GB", {
  day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", timeZoneName: "short",
});

export const hms = (at) => clock.format(at);
export const full = (at) => exact.format(at);

function ago(at) {
  const minutes = Math.max(0, Math.floor((Date.now() - at) / 60000)), hours = Math.floor(minutes / 60), days = Math.floor(hours / 24);
  if (days) return `${days} d ago`;
  if (hours) return `${hours} h ago`;
  return minutes ? `${minutes} min ago` : "now";
}

const shown = { time: hms, short: (at) => short.format(at), date: (at) => day.format(at), ago, full };

export function localise(root = document) {
  for (const element of root.querySelectorAll("time[datetime]")) {
    const at = new Date(element.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    element.textContent = (shown[element.dataset.show] || hms)(at);
    element.title = full(at);
  }
}

localise();
setInterval(() => {
  for (const element of document.querySelectorAll('time[data-show="ago"]')) element.textContent = ago(new Date(element.dateTime));
}, 20000);

// data-since="ISO time": how long since then, ticking: 1:23 or 1:02:03.
export function tick(root = document) {
  for (const element of root.querySelectorAll("[data-since]")) {
    const seconds = Math.max(0, Math.floor((Date.now() - new Date(element.dataset.since)) / 1000));
    const two = (number) => String(number).padStart(2, "0"), hours = Math.floor(seconds / 3600), minutes = Math.floor(seconds / 60) % 60;
    element.textContent = hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
  }
}

tick();
setInterval(() => tick(), 1000);
