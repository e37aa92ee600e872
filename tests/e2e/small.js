// Controls that a finger can hardly hit: less than 40 pixels high. Gradio's own footer is left out.
() => {
  const hit = (each) => (each.closest("label:has(> [type=radio], > [type=checkbox])") ?? each).getBoundingClientRect();
  const CONTROLS = "button, summary, input, select, textarea, [role=tab], a[href]:not(:has(button))";
  return [...document.querySelectorAll(CONTROLS)]
    .filter((each) => each.checkVisibility({ visibilityProperty: true }) && each.tabIndex >= 0 && !each.closest("footer"))
    .filter((each) => hit(each).height < 39.5 && hit(each).right > 0) // what skips to the answer waits at the left
    .map((each) => `${Math.round(hit(each).height)} px: ${each.outerHTML.slice(0, 140)}`);
}
