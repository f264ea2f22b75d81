// Columns of a table with data-columns can be hidden, all but the first, which says whose row it is.

function columnBoard(table) {
  const headers = [...table.tHead.rows[0].cells];
  const away = new Set();
  const boxes = new Map();
  const count = made("span");
  const button = made("button", { type: "button" }, "Show all");
  const list = made("div");
  const board = made("details", { class: "control columns" }, made("summary", {}, "Columns", count), list);

  function show() {
    for (const row of table.rows) {
      for (const column of boxes.keys()) cellAt(row, column)?.toggleAttribute("hidden", away.has(column));
    }
    for (const [column, box] of boxes) box.checked = !away.has(column);
    count.textContent = away.size ? `: ${away.size} of ${boxes.size} hidden` : "";
    button.disabled = away.size === 0;
  }

  function change(text) {
    show();
    announce(text);
    remember();
  }

  headers.forEach((header, column) => {
    if (column === 0) return;
    const name = words(header).trim();
    const box = made("input", { type: "checkbox" });
    box.addEventListener("change", () => {
      if (box.checked) away.delete(column);
      else away.add(column);
      change(`${name} ${box.checked ? "shown" : "hidden"}.`);
    });
    boxes.set(column, box);
    list.append(made("label", {}, box, ` ${name}`));
  });
  button.addEventListener("click", () => {
    away.clear();
    change("All columns shown.");
    moveFocus(board.firstElementChild);
  });
  list.append(button);
  (table.closest(".scroll") ?? table).before(board);
  show();
  return { id: table.id, away, has: (column) => boxes.has(column), show };
}

const wide = [...document.querySelectorAll("table[data-columns]")].filter(isPlain).map(columnBoard);

parts.push({
  read(choices) {
    const asked = (choices.get("columns") ?? []).map((word) => word.split(":"));
    for (const table of wide) {
      table.away.clear();
      const own = asked.filter(([id]) => id === table.id).map(([, column]) => Number(column));
      for (const column of own.filter(table.has)) table.away.add(column);
      table.show();
    }
  },
  write(choices) {
    const hiddenOf = (table) => [...table.away].sort((a, b) => a - b).map((column) => `${table.id}:${column}`);
    choices.set("columns", wide.flatMap(hiddenOf));
  },
});
