// What sticks out of the page at the right and cannot be scrolled by itself.
() => {
  const scrolls = (each) => {
    for (let at = each.parentElement; at; at = at.parentElement)
      if (["auto", "scroll", "hidden"].includes(getComputedStyle(at).overflowX)) return true;
    return false;
  };
  return [...document.querySelectorAll(".gradio-container *")]
    .filter((each) => each.checkVisibility() && each.getBoundingClientRect().right > innerWidth + 1 && !scrolls(each))
    .map((each) => each.outerHTML.slice(0, 140));
}
