// The two switches, remembered in this browser; help; and keys that work while nobody is typing.
(() => {
  const SWITCHES = {
    presentation: {
      get: () => document.documentElement.classList.contains("vb-presentation"),
      set: (on) => document.documentElement.classList.toggle("vb-presentation", on),
    },
    dark: {
      get: () => document.body.classList.contains("dark"),
      set: (on) => document.body.classList.toggle("dark", on),
    },
  };
  const key = (name) => `vb_demo.${name}`;
  const remembered = (name) => {
    try { return localStorage.getItem(key(name)); } catch { return null; } // a browser may keep nothing
  };
  const remember = (name, on) => {
    try { localStorage.setItem(key(name), on); } catch { /* then not */ }
  };

  const show = () => {
    for (const button of document.querySelectorAll("[data-switch]"))
      button.setAttribute("aria-pressed", SWITCHES[button.dataset.switch].get());
  };
  const flip = (name) => {
    const on = !SWITCHES[name].get();
    SWITCHES[name].set(on);
    remember(name, on);
    show();
  };
  const help = () => {
    const dialog = document.querySelector("#help");
    dialog.open ? dialog.close() : dialog.showModal();
  };

  const KEYS = { p: () => flip("presentation"), d: () => flip("dark"), "?": help };
  const typing = (target) => target.closest?.("input:not([type=radio], [type=checkbox], [type=range]), textarea, select, [contenteditable]");

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || typing(event.target)) return;
    const task = document.querySelectorAll("#task input[type=radio]")[Number(event.key) - 1];
    if (document.querySelector("#help")?.open ? event.key !== "?" : !(task || KEYS[event.key])) return;
    event.preventDefault();
    task ? task.click() : KEYS[event.key]();
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-switch], [data-help]");
    if (button) button.dataset.switch ? flip(button.dataset.switch) : help();
    else if (event.target.id === "help") event.target.close(); // beside the dialog
  });

  // Gradio chooses light or dark while it starts; what was chosen here comes after, an address with ?__theme= wins.
  SWITCHES.presentation.set(remembered("presentation") === "true");
  const arrived = new MutationObserver(() => {
    if (!document.querySelector("[data-switch]")) return;
    arrived.disconnect();
    const chosen = remembered("dark");
    if (chosen !== null && !new URLSearchParams(location.search).has("__theme")) SWITCHES.dark.set(chosen === "true");
    show();
    new MutationObserver(show).observe(document.body, { attributeFilter: ["class"] }); // the system may turn dark, too
  });
  arrived.observe(document, { childList: true, subtree: true });
})();
