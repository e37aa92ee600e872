// Draws on both pictures: numbered pins, lines with their lengths and outlines as the server wrote them on its cards, so
// that what is drawn and what is read never differ; and what only the browser knows, the crosshair and a line not yet
// closed (`vb.sketch`).
(() => {
  const vb = (window.vb ??= {});
  const SVG = "http://www.w3.org/2000/svg";
  vb.sketch = { cross: null, line: [] };
  vb.whenChanged ??= [];
  const shapes = new WeakMap(); // <img> → [width, height] of the picture that it showed last

  const element = (name, attributes, text = "") => {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.textContent = text;
    return made;
  };

  /** The part of an <img> that the picture covers: it is centred and scaled to fit. */
  vb.shownBox = (img) => {
    // While the next picture is on its way there is no size; it has the shape of the one before.
    if (img.naturalWidth) shapes.set(img, [img.naturalWidth, img.naturalHeight]);
    const box = img.getBoundingClientRect();
    const [across, down] = shapes.get(img) ?? [box.width, box.height];
    const scale = Math.min(box.width / across, box.height / down);
    const [width, height] = [across * scale, down * scale];
    return { x: box.x + (box.width - width) / 2, y: box.y + (box.height - height) / 2, width, height };
  };

  const marks = () => {
    const card = document.querySelector("[data-pins]"), measured = document.querySelector("[data-lines]");
    return {
      pins: JSON.parse(card?.dataset.pins || "[]"),
      chosen: JSON.parse(card?.dataset.chosen || "[]"),
      lines: JSON.parse(measured?.dataset.lines || "[]"),
      outlines: JSON.parse(measured?.dataset.outlines || "[]"),
      ...vb.sketch,
    };
  };

  const twice = (layer, name, attributes) => {
    for (const kind of ["vb-under", "vb-over"]) layer.append(element(name, { ...attributes, class: kind }));
  };

  const draw = (picture, shown) => {
    const img = picture.querySelector("img");
    let layer = picture.querySelector(":scope > .vb-pins");
    const visible = img && img.naturalWidth && img.offsetParent !== null;
    const box = visible ? vb.shownBox(img) : null;
    const home = picture.getBoundingClientRect();
    const sign = JSON.stringify([shown, box, home.x, home.y]);
    if (layer?.dataset.sign === sign) return;
    if (!layer) {
      layer = element("svg", { class: "vb-pins", "aria-hidden": "true" });
      picture.append(layer);
    }
    layer.dataset.sign = sign;
    layer.replaceChildren();
    if (!visible) return;
    const on = ([x, y]) => [box.x - home.x + x * box.width, box.y - home.y + y * box.height];
    const path = (places) => places.map((place) => on(place).join()).join(" ");
    const text = ([x, y], words, kind) => layer.append(element("text", { x, y, class: kind }, words));

    shown.outlines.forEach((places, i) => {
      twice(layer, "polygon", { points: path(places) });
      if (shown.outlines.length > 1) text(on(places[0]), "AB"[i], "vb-length");
    });
    if (shown.line.length) {
      twice(layer, "polyline", { points: path(shown.line) });
      for (const place of shown.line.length > 30 ? [] : shown.line) {
        const [cx, cy] = on(place);
        layer.append(element("circle", { cx, cy, r: 4, class: "vb-corner" }));
      }
    }
    for (const [from, to, words] of shown.lines) {
      const [[x1, y1], [x2, y2]] = [on(from), on(to)];
      twice(layer, "line", { x1, y1, x2, y2 });
      if (words) text([(x1 + x2) / 2, (y1 + y2) / 2 - 6], words, "vb-length");
    }
    shown.pins.forEach((place, i) => {
      const [cx, cy] = on(place);
      layer.append(element("circle", { cx, cy, r: 9, class: shown.chosen.includes(i) ? "vb-chosen" : "" }));
      text([cx, cy], String(i + 1), "vb-number");
    });
    if (shown.cross) {
      const [x, y] = on(shown.cross);
      for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
        twice(layer, "line", { x1: x + 5 * dx, y1: y + 5 * dy, x2: x + 14 * dx, y2: y + 14 * dy });
      }
    }
  };

  let waiting = false;
  vb.redraw = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      const shown = marks();
      for (const picture of document.querySelectorAll(".vb-picture")) draw(picture, shown);
    });
  };
  vb.whenChanged.push(vb.redraw);

  const changed = () => vb.whenChanged.forEach((follow) => follow());
  const watch = () => {
    new MutationObserver(changed).observe(document.body, { childList: true, subtree: true, attributes: true });
    addEventListener("resize", vb.redraw);
    addEventListener("load", vb.redraw, true); // pictures finish loading after they are put on the page
  };
  if (document.body) watch();
  else addEventListener("DOMContentLoaded", watch);
})();
