// Which part of the page has the focus. Throws where it cannot be seen.
() => {
  const PARTS = { header: ".vb-header", photo: "#photo", examples: ".vb-examples", task: "#task" };
  const at = document.activeElement;
  const { outlineStyle, outlineWidth } = getComputedStyle(at.closest("label") ?? at);
  if (outlineStyle === "none" || parseFloat(outlineWidth) < 2) throw `no focus is seen on ${at.outerHTML.slice(0, 140)}`;
  return Object.keys(PARTS).find((name) => at.closest(PARTS[name])) ?? "";
}
