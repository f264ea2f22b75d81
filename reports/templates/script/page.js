// Copying commands, printing, the way past the navigation, where headers may stick, and what scrolls.

document.querySelector(".skip").addEventListener("click", (event) => {
  // As an anchor it would take the place of the choices in the address.
  event.preventDefault();
  moveFocus(document.querySelector("main"));
});

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

// What a region is called where the page does not say: as the heading before it.
function headingBefore(place) {
  const before = (heading) => heading.compareDocumentPosition(place) & Node.DOCUMENT_POSITION_FOLLOWING;
  return [...document.querySelectorAll("h1, h2, h3")].findLast(before)?.textContent.trim() ?? document.title;
}

// What overflows is a stop of the keyboard, with a name; what fits is none.
const scrolling = [...document.querySelectorAll(".scroll, .rule, pre")].filter((place) => !reading.has(place))
  .map((place) => ({ place, name: place.getAttribute("aria-label") ?? headingBefore(place) }));

// A table that fits scrolls with the page, its header at the top of the window; others scroll in a box.
function settle() {
  const tabled = scrolling.map(({ place }) => [place, place.querySelector(":scope > table")]);
  const wide = tabled.map(([place, table]) => table && table.offsetWidth > place.clientWidth);
  tabled.forEach(([place, table], k) => {
    place.classList.toggle("fits", Boolean(table) && !wide[k]);
    place.classList.toggle("boxed", Boolean(table) && wide[k]);
  });
  const over = scrolling.map(({ place }, k) => wide[k] ?? (place.scrollWidth > place.clientWidth + 1
    || place.scrollHeight > place.clientHeight + 1));
  for (const [k, { place, name }] of scrolling.entries()) {
    const look = over[k] ? { tabindex: 0, role: "region", "aria-label": name } : {};
    for (const attribute of ["tabindex", "role", "aria-label"]) {
      // Where the focus is it stays.
      if (attribute in look) place.setAttribute(attribute, look[attribute]);
      else if (place !== document.activeElement) place.removeAttribute(attribute);
    }
  }
}

// Once for all sizes that change together, and not while they are being told of.
let settling = 0;
const sizes = new ResizeObserver(() => {
  cancelAnimationFrame(settling);
  settling = requestAnimationFrame(settle);
});
for (const { place } of scrolling) for (const part of [place, ...place.children]) sizes.observe(part);
settle();

let closed = [];
addEventListener("beforeprint", () => {
  closed = [...document.querySelectorAll("details:not([open])")];
  for (const details of closed) details.open = true;
});
addEventListener("afterprint", () => closed.forEach((details) => { details.open = false; }));

recall();
