// A button with `data-copy` puts that text on the clipboard, and says that it did.
(() => {
  const SECONDS = 2;

  // Without https the browser offers no clipboard; a selection can be copied anywhere.
  const copySelected = (text) => {
    const field = Object.assign(document.createElement("textarea"), { value: text });
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    if (!done) throw new Error("not copied");
  };

  document.addEventListener("click", async ({ target }) => {
    const button = target.closest?.("[data-copy]");
    if (!button) return;
    const label = (button.dataset.label ??= button.textContent);
    try {
      await (navigator.clipboard?.writeText(button.dataset.copy) ?? copySelected(button.dataset.copy));
      button.textContent = "✓ Copied";
    } catch {
      button.textContent = "Not copied; select the words above";
    }
    button.setAttribute("aria-live", "polite");
    setTimeout(() => (button.textContent = label), SECONDS * 1000);
  });
})();
