// The slider of the Compare tab. It is a range input as large as the pictures, so that it works by mouse, touch and keyboard.
addEventListener("input", ({ target }) => {
  if (target.matches?.(".vb-compare input")) target.parentElement.style.setProperty("--share", `${target.value}%`);
});
