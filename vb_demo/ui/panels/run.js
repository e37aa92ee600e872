// Ctrl + Enter runs: in the words of a task of its own that, everywhere else the prompt. Escape cancels.
addEventListener("keydown", (event) => {
  const press = (id) => {
    const button = document.querySelector(id);
    if (!button || button.disabled) return;
    event.preventDefault();
    button.click();
  };
  const OWN = { "#edit-words": "#edit", "#draw-words": "#draw" };
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !document.querySelector("dialog[open]"))
    press(Object.entries(OWN).find(([words]) => event.target.closest?.(words))?.[1] ?? "#run");
  if (event.key === "Escape" && !document.querySelector("dialog[open], :fullscreen"))
    for (const cancel of ["#cancel", "#edit-cancel", "#draw-cancel"]) press(cancel);
});
