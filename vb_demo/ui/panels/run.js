// Ctrl + Enter in the words of a task runs it, Escape cancels.
addEventListener("keydown", (event) => {
  const press = (id) => {
    const button = document.querySelector(id);
    if (!button || button.disabled) return;
    event.preventDefault();
    button.click();
  };
  const RUNS = { "#prompt": "#run", "#edit-words": "#edit", "#draw-words": "#draw" };
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey))
    for (const [words, run] of Object.entries(RUNS)) if (event.target.closest?.(words)) press(run);
  if (event.key === "Escape" && !document.querySelector("dialog[open], :fullscreen"))
    for (const cancel of ["#cancel", "#edit-cancel", "#draw-cancel"]) press(cancel);
});
