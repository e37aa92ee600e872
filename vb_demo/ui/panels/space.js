// The 3D tab: draws the figures that the panel "space" sends with plotly, which is fetched when the tab is first opened.
// The visitor's camera stays from one figure of a photo to the next. Pins are drawn over it, where no surface hides them,
// and a click finds its point here: plotly knows what is under the pointer only some frames later, under a finger never.
(() => {
  const vb = (window.vb ??= {});
  const SVG = "http://www.w3.org/2000/svg";
  const TURN = Math.PI / 24, NEARER = 0.9;
  const LENS = 2 * Math.tan(Math.PI / 8); // plotly's sees 45° from top to bottom
  const REACH = { mouse: 8, pen: 12, touch: 18 }; // pixels of the screen between a click and its point
  const SLIP = 6; // pixels that a click may move
  const SAME = 1.03; // points up to so much farther than the nearest one lie on the same surface
  const TYPES = { f4: Float32Array, u2: Uint16Array, i4: Int32Array };
  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const CONFIG = { displayModeBar: false, scrollZoom: true, responsive: true };

  let sent = null; // what was drawn last: the figure's number and its colours, or the sentence in its place
  let seen = null; // its points: {x, y, z, pixels, size}
  let view = "front"; // the view that a button chose; null once the visitor has turned it
  let busy = Promise.resolve(); // one figure after the other

  const viewer = () => document.querySelector("#space .vb-space");
  const plotOf = (element) => element.querySelector(".vb-space-plot");
  const pinned = () => document.querySelector("[data-spots]")?.dataset.spots ?? "[]";
  const pointSize = () => Number(viewer().querySelector("[data-point-size]").value);

  let fetched = null;
  const plotly = (url) =>
    (fetched ??= new Promise((done, failed) => {
      document.head.append(Object.assign(document.createElement("script"), { src: url, onload: done, onerror: failed }));
    }));

  const decoded = ({ dtype, bdata }) => new TYPES[dtype](Uint8Array.from(atob(bdata), (letter) => letter.charCodeAt(0)).buffer);

  const choose = (name) => {
    view = name;
    for (const button of viewer().querySelectorAll("[data-view]")) button.ariaPressed = button.dataset.view === name;
  };

  const draw = async ({ figure, size, said, colors }, wanted) => {
    const home = viewer(), plot = plotOf(home);
    if (!figure) {
      seen = null;
      home.dataset.state = "empty";
      home.querySelector(".vb-space-said").textContent = said;
      return;
    }
    if (home.dataset.state !== "ready") home.dataset.state = "waiting";
    home.querySelector(".vb-space-said").textContent = "The 3D view is being drawn …";
    await plotly(home.dataset.library);
    await new Promise((done) => setTimeout(done)); // so that this is seen
    if (wanted !== sent) return; // a newer one came meanwhile
    const { data, layout } = JSON.parse(figure);
    const [{ x, y, z, customdata }] = data;
    const worn = { dtype: "u1", bdata: colors, shape: customdata.shape.replace(/2$/, "3") };
    if (data[0].marker) data[0].marker.color = worn;
    else data[0].vertexcolor = worn;
    seen = { x: decoded(x), y: decoded(y), z: decoded(z), pixels: decoded(customdata), size: JSON.parse(size) };
    if (plot.dataset.revision !== layout.uirevision) choose("front");
    plot.dataset.revision = layout.uirevision;
    layout.scene.camera = view ? layout.meta.cameras[view] : plot.layout.scene.camera;
    delete layout.uirevision; // what plotly would keep is kept here
    home.dataset.shape = data[0].type;
    if (data[0].marker) data[0].marker.size = pointSize();
    home.dataset.state = "ready"; // before, so that there is room
    await Plotly.react(plot, data, layout, CONFIG);
    drawPins();
    if (plot.dataset.listens) return;
    plot.dataset.listens = true;
    plot.on("plotly_relayouting", (changed) => drawPins(changed["scene.camera"]));
    plot.on("plotly_relayout", (changed) => {
      if (changed["scene.camera"]) choose(null);
      drawPins();
    });
  };

  const follow = () => {
    if (!viewer()) return;
    const element = document.querySelector("#space-figure [data-figure]");
    const dress = document.querySelector("#space-colors [data-colors]");
    const received = { ...dress?.dataset, ...element?.dataset }; // Gradio changes the elements in place
    const whole = received.said || (dress && dress.dataset.of === received.of); // either may be there first
    const wanted = received.said || received.of + received.colors;
    if (element && whole && wanted !== sent) {
      sent = wanted;
      busy = busy.then(() => draw(received, wanted)).catch((error) => {
        viewer().dataset.state = "empty";
        viewer().querySelector(".vb-space-said").textContent = `The 3D view could not be drawn. ${error.message ?? ""}`;
      });
    }
    if (pinned() !== pinsSeen) drawPins();
  };
  (vb.whenChanged ??= []).push(follow);

  const look = (camera) => Plotly.relayout(plotOf(viewer()), { "scene.camera": camera });

  // --- pins ----------------------------------------------------------------------------------------------------------

  const vector = ({ x, y, z }) => [x, y, z];
  const minus = (a, b) => a.map((each, axis) => each - b[axis]);
  const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
  const cross = (a, b) => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
  const unit = (a) => a.map((each) => each / Math.sqrt(dot(a, a)));

  /** A function from a point in metres to where it is seen: [left, top] in pixels of the plot, and how far ahead. */
  const lens = (plot, camera = plot.layout.scene.camera) => {
    const { xaxis, yaxis, zaxis } = plot.layout.scene;
    const ranges = [xaxis.range, yaxis.range, zaxis.range];
    // Cameras are counted from the middle of the box, in units of the cube root of its volume, see views.py.
    const side = Math.cbrt(ranges.reduce((volume, [low, high]) => volume * (high - low), 1));
    const eye = vector(camera.eye).map((each, axis) => (ranges[axis][0] + ranges[axis][1]) / 2 + each * side);
    const ahead = unit(minus(vector(camera.center), vector(camera.eye)));
    const right = unit(cross(ahead, vector(camera.up)));
    const up = cross(right, ahead);
    const { offsetWidth: width, offsetHeight: height } = plot;
    return (point) => {
      const away = minus(point, eye);
      const far = dot(away, ahead);
      const scale = height / (LENS * far);
      return [width / 2 + dot(away, right) * scale, height / 2 - dot(away, up) * scale, far];
    };
  };

  const shape = (name, attributes, text = "") => {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.textContent = text;
    return made;
  };

  let pinsSeen = null; // the pins as they are drawn
  const drawPins = (camera) => {
    const home = viewer(), plot = plotOf(home), layer = home.querySelector(".vb-pins");
    if (!seen || !plot.layout) return;
    pinsSeen = pinned();
    const project = lens(plot, camera);
    const shown = JSON.parse(pinsSeen).map(([number, ...point]) => [number, ...project(point)]);
    layer.replaceChildren(
      ...shown.filter(([, , , far]) => far > 0).flatMap(([number, x, y]) => [
        shape("circle", { cx: x, cy: y, r: 9 }),
        shape("text", { x, y, class: "vb-number" }, number),
      ]),
    );
  };
  addEventListener("resize", () => viewer() && requestAnimationFrame(() => drawPins()));

  /** Index of the point that is seen within `reach` of a place on the plot (in pixels from its corner); −1 = none. */
  const pick = (plot, [left, top], reach) => {
    const project = lens(plot);
    let found = [];
    for (let i = 0; i < seen.x.length; i++) {
      const [x, y, far] = project([seen.x[i], seen.y[i], seen.z[i]]);
      const off = Math.hypot(x - left, y - top);
      if (far > 0 && off <= reach) found.push({ i, far, off });
    }
    const nearest = Math.min(...found.map((each) => each.far));
    found = found.filter((each) => each.far <= SAME * nearest).sort((a, b) => a.off - b.off);
    return found[0]?.i ?? -1;
  };

  const pin = (place, reach) => {
    const index = seen ? pick(plotOf(viewer()), place, reach) : -1;
    if (index < 0) return;
    const [x, y] = seen.pixels.subarray(2 * index, 2 * index + 2);
    vb.send("point", { places: [[(x + 0.5) / seen.size[0], (y + 0.5) / seen.size[1]]] });
  };

  let pressed = null; // where a button or finger went down on the plot
  const on = (event) => event.isPrimary && event.button === 0 && event.target.closest?.("#space .vb-space-plot");
  addEventListener("pointerdown", (event) => (pressed = on(event) ? [event.clientX, event.clientY] : null), true);
  addEventListener("pointerup", (event) => {
    const plot = on(event);
    if (!plot || !pressed || Math.hypot(event.clientX - pressed[0], event.clientY - pressed[1]) > SLIP) return;
    const box = plot.getBoundingClientRect();
    pin([event.clientX - box.x, event.clientY - box.y], REACH[event.pointerType] ?? REACH.mouse);
  }, true);

  // --- turning -------------------------------------------------------------------------------------------------------

  /** Go around what is looked at, by angles, and nearer by a factor. */
  const turn = (across, down, factor) => {
    const { eye, center } = plotOf(viewer()).layout.scene.camera;
    const [x, y, z] = ["x", "y", "z"].map((axis) => eye[axis] - center[axis]);
    const far = Math.hypot(x, y, z) * factor;
    const azimuth = Math.atan2(x, z) + across;
    const polar = Math.min(Math.max(Math.acos(y / Math.hypot(x, y, z)) + down, 0.05), Math.PI - 0.05);
    look({
      center,
      up: { x: 0, y: 1, z: 0 },
      eye: {
        x: center.x + far * Math.sin(polar) * Math.sin(azimuth),
        y: center.y + far * Math.cos(polar),
        z: center.z + far * Math.sin(polar) * Math.cos(azimuth),
      },
    });
  };

  addEventListener("keydown", (event) => {
    if (!event.target.matches?.("#space .vb-space-plot") || !event.target.layout || event.ctrlKey || event.metaKey) return;
    if (ARROWS[event.key]) turn(...ARROWS[event.key].map((step) => step * TURN), 1);
    else if (event.key === "+") turn(0, 0, NEARER);
    else if (event.key === "-") turn(0, 0, 1 / NEARER);
    else if (event.key === "Enter") pin([event.target.offsetWidth / 2, event.target.offsetHeight / 2], REACH.touch);
    else return;
    event.preventDefault();
  });

  addEventListener("click", async ({ target }) => {
    const button = target.closest?.("#space [data-view]");
    const layout = viewer() && plotOf(viewer()).layout;
    if (!button || !layout) return;
    await look(layout.meta.cameras[button.dataset.view]);
    choose(button.dataset.view);
  });

  addEventListener("input", ({ target }) => {
    if (!target.matches?.("#space [data-point-size]")) return;
    const plot = plotOf(viewer());
    if (plot.data?.[0].marker) Plotly.restyle(plot, { "marker.size": pointSize() }, [0]);
  });
})();
