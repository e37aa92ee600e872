// Controls without a name and pictures without a text alternative. Gradio's own footer is left out.
() => {
  const labelled = (each) => document.getElementById(each.getAttribute("aria-labelledby") ?? "");
  const inside = (each) => each.querySelector("img[alt]:not([alt='']), [aria-label], [title]");
  const named = (each) =>
    inside(each) || each.innerText || each.ariaLabel || each.title || each.labels?.length || each.placeholder || labelled(each);
  return [...document.querySelectorAll("button, a[href], input, select, textarea, img, [role=button]")]
    .filter((each) => each.checkVisibility({ visibilityProperty: true }) && !each.closest("footer"))
    .filter((each) => (each.tagName === "IMG" ? !each.hasAttribute("alt") : !named(each)))
    .map((each) => each.outerHTML.slice(0, 140));
}
