// Text that is too faint for what it stands on, by WCAG 2.2 AA: 4.5 : 1, large text 3 : 1.
() => {
  const pixel = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
  const context = pixel.getContext("2d", { willReadFrequently: true });
  const rgba = (color) => {
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = color;
    context.fillRect(0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data];
  };
  const linear = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  const luminance = (rgb) => rgb.reduce((sum, v, i) => sum + linear(v / 255) * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const style = getComputedStyle(at);
      if (style.backgroundImage !== "none") return null; // on a picture or a gradient: judged by eye
      const [r, g, b, alpha] = rgba(style.backgroundColor);
      if (alpha > 250) return [r, g, b];
    }
    return [255, 255, 255];
  };
  const EXEMPT = "[disabled], svg, script, style, .vb-pins"; // disabled controls are, by the standard
  const faint = new Set();
  const walker = document.createTreeWalker(document.querySelector(".gradio-container"), NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    const text = node.textContent.trim();
    if (!text || element.closest(EXEMPT)) continue;
    if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    const style = getComputedStyle(element);
    const below = ground(element);
    if (!below) continue;
    const [r, g, b, alpha] = rgba(style.color);
    const ink = [r, g, b].map((v, i) => (v * alpha) / 255 + below[i] * (1 - alpha / 255));
    const [dark, light] = [luminance(ink), luminance(below)].sort((one, two) => one - two);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    const ratio = (light + 0.05) / (dark + 0.05);
    if (ratio < (large ? 3 : 4.5)) faint.add(`${ratio.toFixed(2)} ${style.color} on ${below}: ${text.slice(0, 40)}`);
  }
  return [...faint];
}
