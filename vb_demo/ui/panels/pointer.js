// Mouse, finger and keyboard on the pictures: reading, pinning, drawing a line around something. And buttons inside what
// the server wrote: <button data-send="object" data-name="chair" data-opens="Pictures">, the last being a tab. What is done
// is sent with `vb.send`, see pointer.py.
(() => {
  const vb = (window.vb ??= {});
  const TAP = 8; // pixels that a finger may slip and still tap; also how near a corner must be to close a line
  const STEP = 4; // pixels between the points of a line drawn by hand
  let held = null; // {at: [x, y] on screen, moved} while a button or finger is down
  let corners = []; // of a line that is being clicked together

  const drawing = () => document.querySelector("[data-draws]")?.dataset.draws === "outline";
  const imageOf = (event) => (event.target.matches?.(".vb-picture img") ? event.target : null);

  const placeOf = (img, clientX, clientY) => {
    const box = vb.shownBox(img);
    const place = [(clientX - box.x) / box.width, (clientY - box.y) / box.height];
    return place.every((share) => share >= 0 && share < 1) ? place : null;
  };

  // --- reading -------------------------------------------------------------------------------------------------------

  const tip = Object.assign(document.createElement("div"), { className: "vb-tip", ariaHidden: "true" });
  let invitation = null; // what stands where readings are written until there is one

  /** Show what is at a place; `spoken` = also for a screen reader, which would be flooded by a mouse. */
  const read = (img, place, spoken = false) => {
    vb.sketch.cross = place;
    vb.redraw();
    const words = place && vb.read?.(place);
    const live = document.querySelector("#live");
    tip.hidden = !words;
    if (!words || !live) return;
    invitation ??= [...live.childNodes];
    live.setAttribute("aria-live", spoken ? "polite" : "off");
    live.replaceChildren(Object.assign(document.createElement("b"), { textContent: words[0] }));
    for (const word of words.slice(1)) {
      live.append(" ", Object.assign(document.createElement("span"), { textContent: word }));
    }
    tip.replaceChildren(...[...live.childNodes].slice(0, -2).map((node) => node.cloneNode(true)));
    const picture = img.closest(".vb-picture"); // inside it, so that it is also there on the full screen
    if (tip.parentElement !== picture) picture.append(tip);
    const box = vb.shownBox(img), home = picture.getBoundingClientRect();
    const [x, y] = [box.x + place[0] * box.width, box.y + place[1] * box.height];
    const left = x + 16 + tip.offsetWidth > home.right ? x - 16 - tip.offsetWidth : x + 16;
    const top = y - 14 - tip.offsetHeight < home.top ? y + 18 : y - 14 - tip.offsetHeight;
    tip.style.transform = `translate(${Math.max(left - home.x, 4)}px, ${top - home.y}px)`;
  };

  const stopReading = () => {
    tip.hidden = true;
    vb.sketch.cross = null;
    vb.redraw();
  };

  /** What was read is not true of what is there now. */
  vb.forget = () => {
    stopReading();
    if (invitation) document.querySelector("#live")?.replaceChildren(...invitation);
  };

  // --- pins and outlines ---------------------------------------------------------------------------------------------

  const sketch = (line) => {
    vb.sketch.line = line;
    vb.redraw();
  };
  const finish = (line) => {
    corners = [];
    sketch([]);
    if (line.length > 2) vb.send("outline", { places: line });
  };
  const near = (img, a, b) => {
    const box = vb.shownBox(img);
    return Math.hypot((a[0] - b[0]) * box.width, (a[1] - b[1]) * box.height) < TAP;
  };

  /** A click or Enter at a place: a pin, or a corner; a corner on the first or the last one closes the line. */
  const press = (img, place) => {
    if (!drawing()) return vb.send("point", { places: [place] });
    if (corners.length && (near(img, place, corners[0]) || near(img, place, corners.at(-1)))) return finish(corners);
    corners.push(place);
    sketch(corners);
  };

  addEventListener("pointerdown", (event) => {
    const img = imageOf(event);
    if (!img || !event.isPrimary || event.button !== 0) return;
    const place = placeOf(img, event.clientX, event.clientY);
    held = place && { at: [event.clientX, event.clientY], moved: false, line: [place] };
    read(img, place);
  });

  addEventListener("pointermove", (event) => {
    const img = imageOf(event);
    if (!event.isPrimary) return;
    if (!img) return vb.sketch.cross && !held && stopReading();
    const place = placeOf(img, event.clientX, event.clientY);
    read(img, place);
    if (!held || !place) return;
    const away = Math.hypot(event.clientX - held.at[0], event.clientY - held.at[1]);
    if (!held.moved && away < TAP) return;
    held.moved = true;
    if (!drawing() || away < STEP) return;
    corners = []; // a stray click before
    held.at = [event.clientX, event.clientY];
    held.line.push(place);
    sketch(held.line);
  });

  addEventListener("pointerup", (event) => {
    const img = imageOf(event);
    if (!held || !event.isPrimary) return;
    const { moved, line } = held;
    held = null;
    if (event.pointerType === "touch") stopReading(); // the finger is gone; the line under the pictures stays
    if (img && !moved) press(img, line[0]);
    else if (moved && drawing()) finish(line);
  });

  addEventListener("pointercancel", () => {
    held = null;
    sketch(corners);
    stopReading();
  });
  addEventListener("dragstart", (event) => imageOf(event) && event.preventDefault());

  // --- keyboard ------------------------------------------------------------------------------------------------------

  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

  addEventListener("keydown", (event) => {
    const img = event.target.matches?.(".vb-picture") ? event.target.querySelector("img") : null;
    if (!img || event.ctrlKey || event.metaKey || event.altKey) return;
    const place = vb.sketch.cross ?? [0.5, 0.5];
    if (ARROWS[event.key]) {
      const box = vb.shownBox(img), step = event.shiftKey ? 1 : 10; // pixels of the screen
      const [dx, dy] = ARROWS[event.key];
      const within = (share) => Math.min(Math.max(share, 0), 0.9999);
      read(img, [within(place[0] + (step * dx) / box.width), within(place[1] + (step * dy) / box.height)], true);
    } else if (event.key === "Enter" || event.key === " ") {
      read(img, place, true);
      press(img, place);
    } else if (event.key === "Backspace" && drawing()) {
      corners.pop();
      sketch(corners);
    } else return;
    event.preventDefault();
  });

  /** Escape drops the innermost thing: a line that is not closed yet, else what is read by keyboard. */
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || document.querySelector("dialog[open], :fullscreen")) return;
    if (vb.sketch.line.length) {
      held = null;
      finish([]);
    } else if (vb.sketch.cross && event.target.matches?.(".vb-picture")) stopReading();
    else return;
    event.stopPropagation(); // it cancels no painting then
  });

  addEventListener("focusin", (event) => {
    const img = event.target.matches?.(".vb-picture:focus-visible") ? event.target.querySelector("img") : null;
    if (img) read(img, vb.sketch.cross ?? [0.5, 0.5], true);
  });

  // --- buttons in what the server wrote ------------------------------------------------------------------------------

  let pressed = null; // so that the focus stays on a button that the server writes anew
  addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-send]");
    if (!button) return;
    pressed = `[data-send="${button.dataset.send}"][data-index="${button.dataset.index}"]`;
    vb.send(button.dataset.send, { ...button.dataset });
    const tabs = [...document.querySelectorAll("[role=tab]")];
    tabs.find((tab) => tab.textContent.trim() === button.dataset.opens)?.click();
  });

  addEventListener("pointerdown", () => (pressed = null));
  addEventListener("click", (event) => event.target.closest?.("#clear-marks") && finish([]));

  (vb.whenChanged ??= []).push(() => {
    if (corners.length && !drawing()) finish([]); // measured in another way now
    const idle = ".vb-picture .image-container > button:not([tabindex])"; // around the image; it does nothing here
    for (const button of document.querySelectorAll(idle)) button.tabIndex = -1;
    for (const picture of document.querySelectorAll(".vb-picture:not([tabindex])")) {
      picture.tabIndex = 0;
      picture.setAttribute("role", "application");
      picture.setAttribute("aria-describedby", "live");
      const label = picture.querySelector("label")?.textContent.trim() || "Picture";
      picture.setAttribute("aria-label", `${label}: arrow keys read, Enter marks`);
    }
    if (!pressed || document.activeElement !== document.body) return;
    document.querySelector(pressed)?.focus();
    pressed = null;
  });
})();
