// Ctrl + Enter in the prompt runs, Escape cancels.
addEventListener("keydown", (event) => {
  const press = (id) => {
    const button = document.querySelector(id);
    if (!button || button.disabled) return;
    event.preventDefault();
    button.click();
  };
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.closest?.("#prompt")) press("#run");
  if (event.key === "Escape" && !document.querySelector("dialog[open], :fullscreen")) press("#cancel");
});
