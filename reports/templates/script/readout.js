// The numbers behind a figure, under the pointer or moved to with the arrow keys. They come from the figure's
// own JSON; the drawing only says where its axes lie.

const SVG = "http://www.w3.org/2000/svg";

function shape(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

// Four digits that matter, as the JSON has them.
function printed(value) {
  if (typeof value !== "number") return "–";
  return typeset(Math.abs(value) < 1e4 ? value.toPrecision(4) : String(Math.round(value)));
}

// "−1.5 × 10⁻⁷" for "-1.5e-7".
function typeset(text) {
  const raised = (power) => [...power].map((c) => ({ "-": "⁻", "+": "" })[c] ?? RAISED[c]).join("");
  return text.replace(/e(.+)$/, (all, power) => ` × 10${raised(power)}`).replace("-", "\u2212");
}

const numbersOf = (text) => text.split(" ").map(Number);

// Where the axes of a drawing lie on its sheet.
function axesOf(svg) {
  const [left, top, right, bottom] = numbersOf(svg.dataset.frame);
  const [xLow, xHigh] = numbersOf(svg.dataset.x);
  const [yLow, yHigh] = numbersOf(svg.dataset.y);
  const height = (value) => (svg.dataset.yScale === "log" ? Math.log10(value) : value);
  return {
    left, top, right, bottom,
    x: (value) => left + ((value - xLow) / (xHigh - xLow)) * (right - left),
    y: (value) => bottom - ((height(value) - yLow) / (yHigh - yLow)) * (bottom - top),
    valueAt: (x) => xLow + ((x - left) / (right - left)) * (xHigh - xLow),
    heightAt: (y) => yLow + ((bottom - y) / (bottom - top)) * (yHigh - yLow),
    spans: (x) => x >= xLow && x <= xHigh,
  };
}

function nearest(values, wanted) {
  let best = 0;
  values.forEach((value, k) => { if (Math.abs(value - wanted) < Math.abs(values[best] - wanted)) best = k; });
  return best;
}

// The series that are not hidden, each with its measurement nearest to x; none outside what was measured.
function measured(data, axis, x) {
  return data.series.filter((series) => !hidden.has(series.entry) && series[axis]?.length).map((series) => {
    const xs = series[axis];
    const k = nearest(xs, x);
    const within = x >= xs[0] && x <= xs[xs.length - 1];
    const at = (list) => (within ? list?.[k] : null);
    const [mean, low, high, n] = [series.mean, series.low, series.high, series.n].map(at);
    return { series, x: xs[k], within, mean, low, high, n };
  });
}

function sampleOf(entry) {
  const item = [...document.querySelectorAll("[data-legend] li")].find((li) => li.dataset.entry === entry);
  return item?.querySelector("svg.sample") ?? null;
}

function readoutTable(data, title, rows, x) {
  const head = ["", "mean", "low to high", "n"].map((text) => made("th", { scope: "col" }, text));
  const lines = rows.map((row) => {
    const apart = row.within && row.x !== x ? ` at ${typeset(String(row.x))}` : "";
    const bounds = typeof row.low === "number" ? `${printed(row.low)} to ${printed(row.high)}` : "–";
    const sample = sampleOf(row.series.entry)?.cloneNode(true) ?? "";
    const name = made("th", { scope: "row" }, sample, row.series.label + apart);
    const cells = [printed(row.mean), bounds, row.n ?? "–"].map((text) => made("td", {}, text));
    return made("tr", {}, name, ...cells);
  });
  const [thead, tbody] = [made("thead", {}, made("tr", {}, ...head)), made("tbody", {}, ...lines)];
  return made("table", {}, made("caption", {}, `${data.y}; ${title}`), thead, tbody);
}

// A line at x, and a dot on the mean of each series within the frame, in its colour where a legend shows it.
function cursorMarks(axes, rows, x) {
  const at = axes.x(x);
  const marks = shape("g", { class: "cursor", "aria-hidden": "true" });
  marks.append(shape("line", { x1: at, x2: at, y1: axes.top, y2: axes.bottom, class: "cursor-line" }));
  for (const row of rows.filter(({ mean }) => typeof mean === "number")) {
    const [cx, cy] = [axes.x(row.x), axes.y(row.mean)];
    if (!(cy >= axes.top && cy <= axes.bottom && cx >= axes.left && cx <= axes.right)) continue;
    const line = sampleOf(row.series.entry)?.querySelector("[stroke]");
    const stroke = line?.getAttribute("stroke") ?? "currentColor";
    const look = `cursor-dot ${line?.getAttribute("class") ?? ""}`;
    marks.append(shape("circle", { cx, cy, r: (axes.bottom - axes.top) / 55, stroke, class: look }));
  }
  return marks;
}

// Views that the arrow keys read.
const reading = new Set();

// By figure: where it is read, and how to read it elsewhere.
const cursors = new Map();

// What is said of a place: so many entries, and how many more there are.
const SPOKEN = 3;

function readable(figure) {
  const data = JSON.parse(figure.querySelector("script.readout").textContent);
  const box = made("div", { class: "control readout-box", hidden: "" });
  figure.querySelector(".views").append(box);
  let place = null;
  let reads = null;
  let title = "";

  function close() {
    place = null;
    reads = null;
    box.hidden = true;
    figure.querySelector("g.cursor")?.remove();
  }

  // Where something has been measured, within the part that is shown.
  function xsOf(view) {
    const { spans } = axesOf(shownDrawing(view));
    const shown = data.series.filter((series) => !hidden.has(series.entry));
    return [...new Set(shown.flatMap((series) => series[view.dataset.x] ?? []))].filter(spans).sort((a, b) => a - b);
  }

  function open(view, index) {
    const svg = shownDrawing(view);
    const axis = view.dataset.x;
    const xs = xsOf(view);
    if (!xs.length) return close();
    place = Math.min(Math.max(index, 0), xs.length - 1);
    const x = xs[place];
    reads = x;
    const rows = measured(data, axis, x);
    const axes = axesOf(svg);
    figure.querySelector("g.cursor")?.remove();
    svg.append(cursorMarks(axes, rows, x));
    title = `${data.x[axis]} ${typeset(String(x))}`;
    box.replaceChildren(readoutTable(data, title, rows, x));
    box.hidden = false;
    arrange(svg.querySelector(".cursor-line").getBoundingClientRect().x);
  }

  // To the right of the cursor or to its left, where there is room, else below the drawing.
  function arrange(cursor) {
    const around = box.parentElement.getBoundingClientRect();
    const [at, gap] = [cursor - around.x, 14];
    box.style.left = "0";
    box.style.top = "0";
    if (at + gap + box.offsetWidth <= around.width) box.style.left = `${at + gap}px`;
    else if (at - gap >= box.offsetWidth) box.style.left = `${at - gap - box.offsetWidth}px`;
    else box.style.top = "100%";
  }

  function spoken() {
    const cells = [...box.querySelectorAll("tbody tr")].map((row) => [...row.cells].map((cell) => words(cell)));
    const valued = cells.filter(([, mean]) => mean !== "–");
    const lines = valued.slice(0, SPOKEN).map(([name, mean, bounds, n]) =>
      `${name}: ${mean}${bounds === "–" ? "" : `, ${bounds}`}, n = ${n}`);
    const more = valued.length > SPOKEN ? [`and ${valued.length - SPOKEN} more`] : [];
    return [title, ...lines, ...more].join("; ");
  }

  function key(view, event) {
    const last = xsOf(view).length - 1;
    const moves = { ArrowRight: (place ?? -1) + 1, ArrowLeft: (place ?? last + 1) - 1, Home: 0, End: last };
    if (event.key === "Escape" && place !== null) {
      event.preventDefault();
      close();
      announce("Values closed.");
    } else if (event.key in moves && !event.ctrlKey && !event.altKey && !event.metaKey) {
      event.preventDefault();
      open(view, moves[event.key]);
      if (!box.hidden) announce(spoken());
    }
  }

  function point(view, event) {
    if (view.matches(".brushing")) return;
    const svg = shownDrawing(view);
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    const axes = axesOf(svg);
    const inside = at.x >= axes.left && at.x <= axes.right && at.y >= axes.top && at.y <= axes.bottom;
    if (inside) open(view, nearest(xsOf(view), axes.valueAt(at.x)));
    else if (event.pointerType === "mouse") close();
  }

  for (const view of figure.querySelectorAll(".view:has(svg[data-frame])")) {
    // The title would cover the numbers as a tool tip; aria-label says the same.
    for (const name of view.querySelectorAll("svg[data-frame] > title")) name.remove();
    view.tabIndex = 0;
    reading.add(view);
    view.setAttribute("aria-description", "The arrow keys read the values, Escape closes them.");
    view.addEventListener("keydown", (event) => key(view, event));
    view.addEventListener("pointermove", (event) => point(view, event));
    view.addEventListener("pointerdown", (event) => point(view, event));
    // A finger that leaves has not looked away: its read-out stays until the focus goes.
    view.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && close());
    view.addEventListener("blur", close);
  }
  cursors.set(figure, { at: () => reads, read: (view, x) => open(view, nearest(xsOf(view), x)) });
  notes.push(() => place !== null && close());
  viewListeners.push((changed) => changed === figure && close());
}

document.querySelectorAll("figure.plot:has(script.readout):has(.view)").forEach(readable);
