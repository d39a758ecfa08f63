// Sets the reader's theme before the first paint. Loaded in <head> without `defer`: no flash of the other theme.
// Without a choice the system's theme holds. The switch itself is in shell.js.
(() => {
  try {
    const chosen = localStorage.getItem("theme");
    if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
  } catch { /* storage is closed to us: the system's theme holds */ }
})();
