// Copying commands, printing, and where headers may stick.

function copyable(code) {
  const button = made("button", { type: "button", class: "control copy" }, "Copy");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(code.textContent);
      announce("Copied.");
    } catch {
      getSelection().selectAllChildren(code);
      announce("Selected, to be copied by hand.");
    }
  });
  code.parentElement.before(made("div", { class: "copy-place" }, button));
}

document.querySelectorAll("pre > code").forEach(copyable);

// A table that fits scrolls with the page, its header at the top of the window; others scroll in a box.
const fits = new ResizeObserver((entries) => {
  for (const { target: table } of entries) {
    const box = table.closest(".scroll");
    box?.classList.toggle("fits", table.offsetWidth <= box.clientWidth);
  }
});
document.querySelectorAll(".scroll > table").forEach((table) => fits.observe(table));

let closed = [];
addEventListener("beforeprint", () => {
  closed = [...document.querySelectorAll("details:not([open])")];
  for (const details of closed) details.open = true;
});
addEventListener("afterprint", () => closed.forEach((details) => { details.open = false; }));

recall();
