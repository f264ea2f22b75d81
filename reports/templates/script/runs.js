// Dots and thin lines of single runs: the pointer on one says which it is, a click leads to its row on the page of the runs.

// A line of less than a pixel is hard to meet: a wider one that nobody sees lies over it.
for (const line of document.querySelectorAll("svg polyline[data-run]")) {
  const wide = line.cloneNode(true);
  wide.classList.add("hit");
  line.after(wide);
}

const runNote = made("div", { class: "control run-note", "aria-hidden": "true" });
runNote.hidden = true;
document.body.append(runNote);

const runAt = (event) => (event.target instanceof Element ? event.target.closest("svg [data-run]") : null);

// The title becomes a label: a tool tip would come late and cover what is beside it.
function labelOf(shape) {
  const title = shape.querySelector("title");
  if (title) {
    shape.setAttribute("aria-label", title.textContent);
    title.remove();
  }
  return shape.getAttribute("aria-label");
}

let pressed = null;
document.addEventListener("pointerdown", (event) => { pressed = [event.clientX, event.clientY]; });

function placeNote(event) {
  if (runNote.hidden) return;
  const { width, height } = runNote.getBoundingClientRect();
  const left = Math.max(4, Math.min(event.clientX - width / 2, innerWidth - width - 4));
  runNote.style.translate = `${left}px ${Math.max(4, event.clientY - height - 14)}px`;
}

function hideNote() {
  runNote.hidden = true;
}

document.addEventListener("pointerover", (event) => {
  const shape = runAt(event);
  runNote.hidden = !shape;
  if (shape) runNote.textContent = labelOf(shape);
  placeNote(event);
});
document.addEventListener("pointermove", placeNote);
// A finger that is lifted leaves what it was on; one that scrolls is taken back.
for (const name of ["pointerout", "pointercancel"]) document.addEventListener(name, hideNote);
document.addEventListener("click", (event) => {
  hideNote();
  const shape = runAt(event);
  const still = pressed && Math.hypot(event.clientX - pressed[0], event.clientY - pressed[1]) < 4;
  if (shape && still) location.assign(shape.dataset.run);
});
