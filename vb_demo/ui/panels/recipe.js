// The button beside a recipe's link copies its whole address, which only the browser knows.
((window.vb ??= {}).whenChanged ??= []).push(() => {
  const link = document.querySelector("[data-recipe-link]");
  const button = link?.parentElement.querySelector("[data-copy]");
  if (button && button.dataset.copy !== link.href) button.dataset.copy = link.href;
});
