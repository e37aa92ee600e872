// Sorts a table by the column whose heading was pressed; again = the other way round. "–" (not known) stays last.
addEventListener("click", ({ target }) => {
  const heading = target.closest?.(".vb-sort")?.closest("th");
  if (!heading) return;
  const column = heading.cellIndex, body = heading.closest("table").tBodies[0];
  const down = heading.getAttribute("aria-sort") === "ascending";
  for (const other of heading.parentElement.cells) other.setAttribute("aria-sort", "none");
  heading.setAttribute("aria-sort", down ? "descending" : "ascending");
  const text = (row) => row.cells[column].textContent;
  const order = (a, b) => (parseFloat(a) - parseFloat(b) || a.localeCompare(b)) * (down ? -1 : 1);
  body.append(...[...body.rows].sort((a, b) => (text(a) === "–") - (text(b) === "–") || order(text(a), text(b))));
});
