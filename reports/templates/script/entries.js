// Hiding, isolating and highlighting entries. Whatever belongs to an entry has data-entry with its key: shapes
// of the figures, rows of the tables. A list with data-legend becomes the board that switches them.

const hidden = new Set();
const boards = [];
const notes = [];
// Called with the key of the entry that is put apart, or null.
const highlightListeners = [];
// A pair is chosen by its own lists, and drawn anew.
const shapes = [...document.querySelectorAll("[data-entry]")].filter((e) => !e.closest("[data-legend], [data-pair]"));
const drawn = shapes.filter((shape) => shape.ownerSVGElement);

function showEntries() {
  for (const shape of shapes) shape.toggleAttribute("hidden", hidden.has(shape.dataset.entry));
  for (const board of boards) board();
  for (const note of notes) note();
}

function change(text) {
  showEntries();
  announce(text);
  remember();
}

// The keys, or all of them but one's own: a second time shows all.
function isIsolated(keys, among) {
  return among.length > keys.length && among.every((key) => hidden.has(key) !== keys.includes(key));
}

function isolate(keys, among) {
  const again = isIsolated(keys, among);
  for (const key of among) {
    if (again || keys.includes(key)) hidden.delete(key);
    else hidden.add(key);
  }
  change(again ? "All entries shown." : `${keys.length} of ${among.length} entries shown.`);
}

// "2 of 5 rows hidden. Show all", while it is so.
function hiddenNote(what, keys, focus, put) {
  const text = made("span");
  const button = made("button", { type: "button" }, "Show all");
  const note = made("p", { class: "control hidden-note" }, text, " ", button);
  button.addEventListener("click", () => {
    hidden.clear();
    change("All entries shown.");
    moveFocus(focus);
  });
  put(note);
  notes.push(() => {
    const count = keys.filter((key) => hidden.has(key)).length;
    note.hidden = count === 0;
    text.textContent = `${count} of ${keys.length} ${what} hidden.`;
  });
}

function highlight(key) {
  const lit = hidden.has(key) ? null : key;
  for (const shape of drawn) shape.classList.toggle("faded", lit !== null && shape.dataset.entry !== lit);
  for (const listen of highlightListeners) listen(lit);
}

function boardItem(item, among) {
  const key = item.dataset.entry;
  const name = words(item).trim();
  const toggle = made("button", { type: "button", class: "toggle" }, ...item.childNodes);
  const look = { type: "button", class: "only control", "aria-label": `Only ${name}` };
  const only = made("button", look, "only");
  toggle.addEventListener("click", () => {
    if (!hidden.delete(key)) hidden.add(key);
    change(`${name} ${hidden.has(key) ? "hidden" : "shown"}.`);
  });
  only.addEventListener("click", () => isolate([key], among));
  item.append(toggle, among.length > 1 ? only : "");
  item.addEventListener("pointerenter", () => highlight(key));
  item.addEventListener("focusin", ({ target }) => target.matches(":focus-visible") && highlight(key));
  for (const event of ["pointerleave", "focusout"]) item.addEventListener(event, () => highlight(null));
  return () => {
    toggle.setAttribute("aria-pressed", !hidden.has(key));
    only.setAttribute("aria-pressed", isIsolated([key], among));
  };
}

// A long board can be narrowed by a part of the names, and what is left be isolated.
function boardFilter(board, items, among) {
  const field = made("input", { type: "search", placeholder: "part of a name" });
  const button = made("button", { type: "button" }, "Only these");
  const left = () => items.filter((item) => !item.hidden).map((item) => item.dataset.entry);
  field.addEventListener("input", () => {
    const part = field.value.trim().toLowerCase();
    const name = (item) => words(item.querySelector(".toggle")).toLowerCase();
    for (const item of items) item.hidden = !name(item).includes(part);
    const count = left().length;
    button.disabled = count === 0;
    announce(`${count} of ${items.length} match.`);
  });
  button.addEventListener("click", () => isolate(left(), among));
  const label = made("label", {}, "Find entries ", field);
  board.before(made("p", { class: "control board-filter" }, label, " ", button));
}

function legendBoard(board) {
  const items = [...board.querySelectorAll("li[data-entry]")];
  const among = [...new Set(items.map((item) => item.dataset.entry))];
  boards.push(...items.map((item) => boardItem(item, among)));
  if (among.length > 8) boardFilter(board, items, among);
  board.classList.add("board");
  // Below the board, whose buttons then stay under the pointer; and the focus goes to none of them, as that would
  // highlight an entry.
  if (items.length) hiddenNote("entries", among, board, (note) => board.after(note));
}

function tableNote(table) {
  const keys = [...table.querySelectorAll("tr[data-entry]")].map((row) => row.dataset.entry);
  const place = table.closest(".scroll") ?? table;
  if (!keys.length) return;
  hiddenNote("rows", keys, place, (note) => place.before(note));
}

document.querySelectorAll("ul[data-legend]").forEach(legendBoard);
document.querySelectorAll("table").forEach(tableNote);

parts.push({
  read(choices) {
    hidden.clear();
    // A key that this page does not have is kept for the pages that do.
    for (const key of choices.get("hide") ?? []) hidden.add(key);
    showEntries();
  },
  write(choices) {
    choices.set("hide", [...hidden].sort());
  },
});
