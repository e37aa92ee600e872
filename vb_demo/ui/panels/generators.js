// Opens and closes the menu of generators. The server writes the button anew when another generator paints.
(() => {
  const isOpen = () => document.documentElement.classList.contains("vb-choosing");
  const button = () => document.querySelector("[data-generators]");
  const show = () => {
    const state = String(isOpen());
    if (button() && button().getAttribute("aria-expanded") !== state) button().setAttribute("aria-expanded", state);
  };
  const open = (on) => {
    document.documentElement.classList.toggle("vb-choosing", on);
    show();
  };

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-generators]")) open(!isOpen());
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !isOpen() || document.querySelector("dialog[open], :fullscreen")) return;
    event.stopPropagation(); // it cancels no painting then
    open(false);
    button()?.focus();
  });
  new MutationObserver(show).observe(document, { childList: true, subtree: true });
})();
