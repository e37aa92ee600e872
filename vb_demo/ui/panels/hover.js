// Reads what lies under the pointer from the arrays that the panel "hover" sent, without asking the server.
// Their codes are those of vb_demo/hover.py; distances and words follow vb_demo/geometry.py.
(() => {
  const vb = (window.vb ??= {});
  const NEAREST = 1e-3, RATIO = 1e8, LAST = 65534, SKY = 65535;
  const TYPES = { uint16: Uint16Array, uint8: Uint8Array, int8: Int8Array };
  const NO_ANSWER = "no answer", NO_DIRECTION = "no direction", NOTHING = [NO_ANSWER, NO_DIRECTION];
  const COMPASS = [["up", "down", 1], ["right", "left", 0], ["towards the camera", "away from the camera", 2]];

  let source; // what `scene` was read from
  let camera; // what its distances were read with
  let scene = null; // {size: [W, H], names, arrays: {name: {values, width, height}}}

  const load = async () => {
    const element = document.querySelector("#grids [data-parts]");
    const through = document.querySelector("[data-camera]")?.dataset.camera;
    if (through !== camera) vb.forget?.();
    camera = through;
    if (element?.dataset.arrays === source) return;
    source = element?.dataset.arrays;
    scene = null;
    vb.forget?.();
    if (!element) return;
    const read = source;
    const { size, parts, names } = JSON.parse(element.dataset.parts);
    const packed = Uint8Array.from(atob(read), (letter) => letter.charCodeAt(0));
    const bytes = await new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
    if (read !== source) return; // a newer one came meanwhile
    const arrays = {};
    let start = 0;
    for (const { name, type, shape } of parts) {
      const length = shape.reduce((a, b) => a * b, 1) * TYPES[type].BYTES_PER_ELEMENT;
      arrays[name] = { values: new TYPES[type](bytes.slice(start, start + length)), height: shape[0], width: shape[1] };
      start += length;
    }
    scene = { size, names, arrays };
  };

  // The value of an array at a place (shares of width and height), `count` numbers if it holds several a cell.
  const at = (name, [across, down], count = 1) => {
    const array = scene.arrays[name];
    if (!array) return null;
    const cell = Math.floor(down * array.height) * array.width + Math.floor(across * array.width);
    return count === 1 ? array.values[cell] : array.values.slice(count * cell, count * (cell + 1));
  };

  const facing = (vector) => {
    const length = Math.hypot(...vector);
    if (!length) return null;
    const lean = Math.sin(Math.PI / 8) * length;
    const words = COMPASS.filter(([, , axis]) => Math.abs(vector[axis]) > lean)
      .map(([plus, minus, axis]) => (vector[axis] > 0 ? plus : minus));
    return words.join() === "towards the camera" ? "faces the camera" : `faces ${words.join(" and ")}`;
  };

  const meters = (length) => `${length.toFixed(length < 10 ? 2 : length < 100 ? 1 : 0)} m`;

  // Straight from the camera, as at the pins; the depth codes are metres along z.
  const distance = (code, x, y) => {
    if (code === 0) return NO_ANSWER;
    if (code === SKY) return "sky";
    const [fx, fy, cx, cy] = JSON.parse(document.querySelector("[data-camera]").dataset.camera);
    return meters(NEAREST * RATIO ** ((code - 1) / (LAST - 1)) * Math.hypot((x + 0.5 - cx) / fx, (y + 0.5 - cy) / fy, 1));
  };

  /** What is known at a place, as words, the most important first; null before there is a photo. */
  vb.read = (place) => {
    if (!scene) return null;
    const [x, y] = place.map((share, axis) => Math.min(Math.floor(share * scene.size[axis]), scene.size[axis] - 1));
    const reliability = at("reliability", place); // of the least reliable of the answers
    if (reliability === 0) return [NO_ANSWER, `(${x}, ${y})`]; // the photo is transparent here
    const words = [];
    const depth = at("depth", place), nearness = at("nearness", place), vector = at("normals", place, 3);
    if (depth !== null) words.push(distance(depth, x, y));
    if (nearness !== null) words.push(nearness ? `nearness ${((nearness - 1) / LAST).toFixed(2)}` : NO_ANSWER);
    for (const kind of ["instances", "segments"]) {
      const label = at(kind, place);
      if (label) words.push(scene.names[kind][label - 1]);
      else if (label === 0 && kind === "segments") words.push("background");
    }
    if (vector) words.push(facing(vector) ?? NO_DIRECTION);
    if (reliability !== null && !(words.length && words.every((word) => NOTHING.includes(word)))) {
      const percent = Math.round((reliability - 1) / 2.54);
      words.push(percent ? `${percent < 100 ? "at least " : ""}${percent}% reliable` : "not reliable");
    }
    return [...words, `(${x}, ${y})`];
  };

  vb.whenChanged ??= [];
  vb.whenChanged.push(load);
})();
