// Sorting. The first click on a header puts numbers in descending order and words in ascending order, the
// second the other way round, the third as they were. Bodies are sorted one by one; what has no value comes last.

const MISSING = ["", "–", "missing", "no data", "diverged", "not run", "not finite", "not comparable"];
const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const OTHER = { ascending: "descending", descending: "ascending" };
const order = new Intl.Collator("en");

// "−1.2 × 10⁻³", "12 500", "n = 5", "63.41 %", "1.50×", "± 1.20", "3 of 5", "1 min 02 s", of "[31.0, 100.0]" the first;
// null for anything else.
function number(text) {
  const exponent = (raised) => [...raised].map((c) => (c === "⁻" ? "-" : RAISED.indexOf(c))).join("");
  const plain = text.trim().replace(/\u2212/g, "-").replace(/(\d)[\u2009\u202f\u00a0](?=\d{3})/g, "$1")
    .replace(/\s+/g, " ").replace(/^(?:\p{L} )?[=<>≤≥≈±] ?/u, "").replace(/^\[(.*?), .*\]$/, "$1")
    .replace(/(^[-+]?| × )10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)/,
      (all, before, raised) => `${before === " × " ? "" : `${before}1`}e${exponent(raised)}`);
  const time = plain.match(/^(?:(\d+) h)? ?(?:(\d+) min)? ?(?:([\d.]+) s)?$/);
  if (time && plain) return 3600 * (time[1] ?? 0) + 60 * (time[2] ?? 0) + Number(time[3] ?? 0);
  const found = plain.match(/^[-+]?\d+(?:\.\d+)?(?:e-?\d+)?(?=$|[ %/×])/);
  return found && Number(found[0]);
}

// The words of a cell without its remarks and drawings.
function words(node) {
  if (node.nodeType === Node.TEXT_NODE) return node.data;
  if (node.nodeName === "BR") return " ";
  return node.matches?.(".remark, .under, svg, .control") ? "" : [...node.childNodes].map(words).join("");
}

function keyOf(cell) {
  if (!cell) return null;
  const text = cell.dataset.sort ?? words(cell).trim();
  return MISSING.includes(text.toLowerCase()) ? null : (number(text) ?? text);
}

function cellAt(row, column) {
  let place = 0;
  return [...row.cells].find((cell) => (place += cell.colSpan) > column);
}

// Words piece by piece, with the numbers in them as numbers: "INNA (0.5, 0.01)" before "INNA (0.5, 0.1)".
function compared(a, b) {
  if (typeof a === "number" && typeof b === "number") return a - b;
  const [one, other] = [a, b].map((key) => String(key).split(/(\d+(?:\.\d+)?)/));
  for (let k = 0; k < Math.min(one.length, other.length); k += 1) {
    const difference = k % 2 ? one[k] - other[k] : order.compare(one[k], other[k]);
    if (difference) return difference;
  }
  return one.length - other.length;
}

function sortable(table) {
  const bodies = [...table.tBodies].map((body) => [body, [...body.rows]]);
  const headers = [...table.tHead.rows[0].cells];
  const keys = (rows, column) => rows.map((row) => keyOf(cellAt(row, column)));
  const isData = (row) => !row.classList.contains("group");
  const isNumeric = (column) => bodies.every(([, rows]) =>
    keys(rows.filter(isData), column).every((key) => key === null || typeof key === "number"));
  let sorted = null;

  function sort(column, direction) {
    sorted = direction && [column, direction];
    headers.forEach((header, k) => {
      header.removeAttribute("aria-sort");
      if (direction && k === column) header.setAttribute("aria-sort", direction);
    });
    const sign = direction === "descending" ? -1 : 1;
    for (const [body, rows] of bodies) {
      const keyed = rows.filter(isData).map((row) => [keyOf(cellAt(row, column)), row]);
      const before = (a, b) => (a === null || b === null ? (a === null) - (b === null) : sign * compared(a, b));
      if (direction) keyed.sort(([a], [b]) => before(a, b));
      body.append(...rows.filter((row) => !isData(row)), ...keyed.map(([, row]) => row));
    }
  }

  function turn(column, label) {
    const first = isNumeric(column) ? "descending" : "ascending";
    const now = sorted?.[0] === column ? sorted[1] : null;
    const next = now === null ? first : now === first ? OTHER[first] : null;
    sort(column, next);
    announce(next ? `Sorted by ${label}, ${next}.` : "In the order of the page.");
    remember();
  }

  headers.forEach((header, column) => {
    if (header.hasAttribute("data-nosort") || !words(header).trim()) return;
    const label = words(header).trim();
    const button = made("button", { type: "button", class: "sorter" }, ...header.childNodes);
    button.addEventListener("click", () => turn(column, label));
    header.append(button);
  });
  const accepts = (column, direction) => headers[column]?.querySelector(".sorter") && OTHER[direction];
  return { id: table.id, sort, accepts, sorted: () => sorted };
}

// Something to sort: two rows or more in one of the bodies.
function isLong(table) {
  return [...table.tBodies].some((body) => body.querySelectorAll("tr:not(.group)").length > 1);
}

// Several rows of headers, and headers over several columns, are left alone.
function isPlain(table) {
  const rows = table.tHead?.rows ?? [];
  return rows.length === 1 && [...rows[0].cells].every((header) => header.colSpan === 1);
}

const tables = [...document.querySelectorAll("table.sortable")].filter(isPlain).filter(isLong).map(sortable);

parts.push({
  read(choices) {
    const asked = (choices.get("sort") ?? []).map((word) => word.split(":"));
    const wanted = new Map(asked.map(([id, ...how]) => [id, how]));
    for (const table of tables) {
      const [column, direction] = wanted.get(table.id) ?? [];
      if (table.accepts(column, direction)) table.sort(Number(column), direction);
      else if (table.sorted()) table.sort(0, null);
    }
  },
  write(choices) {
    const sorted = tables.filter((table) => table.id && table.sorted());
    choices.set("sort", sorted.map((table) => [table.id, ...table.sorted()].join(":")));
  },
});
