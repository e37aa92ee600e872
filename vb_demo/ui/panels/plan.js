// The colour plan as a form: tells the server what was edited, as an "edit" event on the plan. What the table shows
// comes from the server alone, so a field goes back to what it said until the answer is there.
(() => {
  const tell = (control, value) => {
    const label = Number(control.closest("[data-label]")?.dataset.label ?? 0);
    const detail = { do: control.dataset.do, label, value };
    const plan = control.closest(".vb-plan").parentElement;
    keepFocus(plan, detail);
    plan.dispatchEvent(new CustomEvent("edit", { detail }));
  };

  // The next table may lack what has the focus now; it then goes to the same control of the row, or of the last row.
  const keepFocus = (plan, detail) => {
    const restore = (_, observer) => {
      observer.disconnect();
      if (document.activeElement !== document.body) return;
      const alike = [...plan.querySelectorAll(`[data-do="${detail.do}"]`)];
      const same = alike.find((control) => control.closest(`[data-label="${detail.label}"]`));
      (same ?? alike.at(-1) ?? plan.querySelector("[data-do=add]"))?.focus();
    };
    new MutationObserver(restore).observe(plan, { childList: true, subtree: true, attributes: true });
  };

  document.addEventListener("change", ({ target }) => {
    if (!target.matches?.(".vb-plan input[data-do]")) return;
    const value = target.value.trim();
    if (target.type === "text") target.value = target.defaultValue;
    if (value && value !== target.defaultValue) tell(target, value);
  });

  document.addEventListener("click", ({ target }) => {
    const button = target.closest?.(".vb-plan button");
    if (!button) return;
    if (button.dataset.select) return select(button.dataset.select);
    tell(button, button.dataset.value ?? "");
  });

  // Python counts whole characters, the browser the halves of emoji, too.
  const select = (span) => {
    const box = document.querySelector("#prompt textarea");
    const letters = Array.from(box.value);
    const [start, end] = span.split(" ").map((place) => letters.slice(0, Number(place)).join("").length);
    box.focus();
    box.setSelectionRange(start, end);
  };
})();
