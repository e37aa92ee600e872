// Draws the numbered pins over both pictures. Where they are is written by the server on the readout card; a click only
// sends a place there, so that what is drawn and what is read never differ.
(() => {
  const SVG = "http://www.w3.org/2000/svg";

  const element = (name, attributes, text = "") => {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.textContent = text;
    return made;
  };

  // The part of the <img> that the picture covers: it is centred and shrunk to fit, but never enlarged.
  const shownBox = (img) => {
    const box = img.getBoundingClientRect();
    const scale = Math.min(box.width / img.naturalWidth, box.height / img.naturalHeight, 1);
    const [width, height] = [img.naturalWidth * scale, img.naturalHeight * scale];
    return { x: box.x + (box.width - width) / 2, y: box.y + (box.height - height) / 2, width, height };
  };

  const label = (layer, x, y, text, kind) => {
    layer.append(element("text", { x, y, class: kind }, text));
  };

  const draw = (picture, pins, length) => {
    const img = picture.querySelector("img");
    let layer = picture.querySelector(":scope > .vb-pins");
    const visible = img && img.naturalWidth && img.offsetParent !== null;
    const box = visible ? shownBox(img) : null;
    const home = picture.getBoundingClientRect();
    const sign = JSON.stringify([pins, length, box, home.x, home.y]);
    if (layer?.dataset.sign === sign) return;
    if (!layer) {
      layer = element("svg", { class: "vb-pins" });
      picture.append(layer);
    }
    layer.dataset.sign = sign;
    layer.replaceChildren();
    if (!visible) return;
    const spots = pins.map(([x, y]) => [box.x - home.x + x * box.width, box.y - home.y + y * box.height]);
    if (spots.length === 2) {
      const [[x1, y1], [x2, y2]] = spots;
      layer.append(element("line", { x1, y1, x2, y2, class: "vb-line-under" }), element("line", { x1, y1, x2, y2 }));
      if (length) label(layer, (x1 + x2) / 2, (y1 + y2) / 2 - 6, length, "vb-length");
    }
    spots.forEach(([cx, cy], i) => {
      layer.append(element("circle", { cx, cy, r: 9 }));
      label(layer, cx, cy, String(i + 1), "vb-number");
    });
  };

  let waiting = false;
  const update = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      const card = document.querySelector(".vb-readout");
      const pins = JSON.parse(card?.dataset.pins || "[]");
      for (const picture of document.querySelectorAll(".vb-picture")) draw(picture, pins, card?.dataset.length || "");
    });
  };

  const watch = () => {
    new MutationObserver(update).observe(document.body, { childList: true, subtree: true, attributes: true });
    addEventListener("resize", update);
    addEventListener("load", update, true); // pictures finish loading after they are put on the page
  };
  if (document.body) watch();
  else addEventListener("DOMContentLoaded", watch);
})();
