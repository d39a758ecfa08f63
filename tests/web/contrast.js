// Texts of the page whose contrast with what is behind them is under 4.5 (WCAG 2.2, 1.4.3).
() => {
  const parse = (text) => {
    const values = text.match(/[\d.]+/g).map(Number);
    return { rgb: text.startsWith("color(srgb") ? values.slice(0, 3).map((x) => x * 255) : values.slice(0, 3), alpha: values[3] ?? 1 };
  };
  const linear = (x) => (x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
  const light = (rgb) => rgb.reduce((sum, x, at) => sum + linear(x / 255) * [0.2126, 0.7152, 0.0722][at], 0);
  const ground = (element) => {
    for (let here = element; here; here = here.parentElement) {
      const colour = parse(getComputedStyle(here).backgroundColor);
      if (colour.alpha > 0.99) return colour.rgb;
    }
    return [255, 255, 255];
  };
  const found = new Set();
  for (const element of document.querySelectorAll("body *")) {
    const text = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim());
    const style = getComputedStyle(element), width = element.getBoundingClientRect().width;
    if (!text || width < 2 || style.visibility === "hidden" || element.closest("svg, :disabled, .vh, .skip")) continue;
    const [bright, dark] = [light(parse(style.color).rgb), light(ground(element))].sort((a, b) => b - a);
    const ratio = (bright + 0.05) / (dark + 0.05);
    if (ratio < 4.5) found.add(`${ratio.toFixed(2)} ${element.tagName}.${element.className}: ${element.textContent.trim().slice(0, 40)}`);
  }
  return [...found];
}
