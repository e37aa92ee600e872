// Tasks that the generator has no words for cannot be chosen: Gradio knows only whole groups that are off.
(() => {
  const show = () => {
    const said = document.querySelector("#task-gaps [data-missing]");
    const missing = (said?.dataset.missing ?? "").split(" ");
    for (const radio of document.querySelectorAll("#task input[type=radio]")) {
      const off = missing.includes(radio.value);
      if (radio.disabled === off) continue;
      radio.disabled = off;
      radio.closest("label").title = off ? said.textContent : "";
    }
  };
  new MutationObserver(show).observe(document, { childList: true, subtree: true, attributeFilter: ["disabled"] });
})();
