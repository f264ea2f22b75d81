// A part of a figure of curves, dragged out with the pointer or asked for by key, until the whole is asked for again.
// A figure has one part, on the axes it was taken from; on other axes it is whole. Paper shows what the screen does.

// Places on a sheet are whole numbers: further in, lines would be stairs.
const CLOSEST = 25;

// By name of the figure: the axes ("step:log") and what is shown of them: x from, to, y from, to.
const zooms = new Map();
const axesNames = (view) => `${view.dataset.x}:${view.dataset.y}`;
const nameOf = (figure) => figure.id.replace(/^figure-/, "");

// A range within another, not smaller than can be drawn, in digits that the address keeps; near its ends these.
function within([low, high], from, to) {
  const least = (high - low) / CLOSEST;
  const size = Math.min(Math.max(to - from, least), high - low);
  const start = Math.min(Math.max(0.5 * (from + to - size), low), high - size);
  const near = (value, end) => Math.abs(value - end) < 1e-4 * (high - low);
  return [start, start + size].map((value) =>
    [low, high].find((end) => near(value, end)) ?? Number(value.toPrecision(6)));
}

function zoomable(figure) {
  const views = [...figure.querySelectorAll(".view:has(svg[data-frame])")];
  const drawings = new Map(views.map((view) => [view, [...view.querySelectorAll("svg[data-frame]")].map(partial)]));
  const shown = () => views.find((view) => !view.hidden);
  const wholeOf = (view) => drawings.get(view)[0].whole;
  let note = null;

  function partOf(view) {
    const zoom = zooms.get(nameOf(figure));
    return zoom && zoom.axes === axesNames(view) ? zoom.part : null;
  }

  function remark() {
    const part = shown() && partOf(shown());
    if (!part || !note) note?.remove();
    if (!part) note = null;
    else if (!note) {
      const button = made("button", { type: "button" }, "Whole figure");
      button.addEventListener("click", () => {
        const view = shown();
        choose(view, null);
        moveFocus(view);
      });
      note = made("p", { class: "control zoom-note" }, "A part of the figure. ", button);
      figure.querySelector(".views").after(note);
    }
  }

  function draw() {
    for (const [view, both] of drawings) {
      const part = partOf(view);
      for (const drawing of both) part ? drawing.show(part) : drawing.reset();
    }
    remark();
  }

  function told(view, [x0, x1, y0, y1]) {
    const back = (value) => (view.dataset.y === "log" ? 10 ** value : value);
    const [a, b, c, d] = [x0, x1, back(y0), back(y1)].map((value) => typeset(String(Number(value.toPrecision(3)))));
    return `${AXES.x[1][view.dataset.x] ?? "horizontal"} ${a} to ${b}, vertical ${c} to ${d}.`;
  }

  // The part that is asked for, as far as there is one.
  function fitted(view, [x0, x1, y0, y1]) {
    const whole = wholeOf(view);
    const part = [...within(whole.slice(0, 2), x0, x1), ...within(whole.slice(2), y0, y1)];
    return part.every((value, k) => value === whole[k]) ? null : part;
  }

  function choose(view, part) {
    const cursor = cursors.get(figure);
    const at = cursor?.at() ?? null;
    for (const listen of viewListeners) listen(figure);
    if (part) zooms.set(nameOf(figure), { axes: axesNames(view), part });
    else zooms.delete(nameOf(figure));
    draw();
    if (at !== null && axesOf(shownDrawing(view)).spans(at)) cursor.read(view, at);
    announce(part ? `Zoomed: ${told(view, part)}` : "The whole figure.");
    remember();
  }

  // About the cursor and the lines there, else about the middle.
  function scale(view, factor) {
    const svg = shownDrawing(view);
    const [x0, x1, y0, y1] = partOf(view) ?? wholeOf(view);
    const at = cursors.get(figure)?.at() ?? 0.5 * (x0 + x1);
    const dots = [...svg.querySelectorAll(".cursor-dot")].map((dot) => axesOf(svg).heightAt(dot.getAttribute("cy")));
    const height = dots.length ? dots.reduce((sum, dot) => sum + dot, 0) / dots.length : 0.5 * (y0 + y1);
    const around = (low, high, middle) => [low, high].map((end) => middle + (end - middle) * factor);
    choose(view, fitted(view, [...around(x0, x1, at), ...around(y0, y1, height)]));
  }

  function key(view, event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
    const asked = { "+": 0.5, "=": 0.5, "-": 2 }[event.key];
    if (asked && (asked < 1 || partOf(view))) scale(view, asked);
    else if ((event.key === "0" || event.key === "Escape") && partOf(view)) choose(view, null);
    else return;
    event.preventDefault();
  }

  for (const view of views) {
    view.tabIndex = 0;
    reading.add(view);
    view.classList.add("zoomable");
    const keys = [view.getAttribute("aria-description"), "Plus and minus zoom, 0 shows the whole figure."];
    view.setAttribute("aria-description", keys.filter(Boolean).join(" "));
    view.addEventListener("keydown", (event) => key(view, event));
    view.addEventListener("dblclick", () => partOf(view) && choose(view, null));
    brushable(view, () => viewListeners.forEach((listen) => listen(figure)),
      (part) => choose(view, fitted(view, part) ?? partOf(view)));
  }
  viewListeners.push((changed) => changed === figure && remark());
  return { figure, draw, asked: (axes, part) => {
    const view = views.find((one) => axesNames(one) === axes);
    return view && part[0] < part[1] && part[2] < part[3] ? fitted(view, part) : null;
  } };
}

const zoomables = [...document.querySelectorAll("figure.plot:has(svg[data-frame]):not([data-pair] *)")].map(zoomable);

parts.push({
  read(choices) {
    zooms.clear();
    const asked = new Map((choices.get("zoom") ?? []).map((word) => word.split(":")).map(([name, ...rest]) => [name, rest]));
    for (const { figure, draw, asked: fit } of zoomables) {
      const [x, y, ...part] = asked.get(nameOf(figure)) ?? [];
      const fitted = part.length === 4 ? fit(`${x}:${y}`, part.map(Number)) : null;
      if (fitted) zooms.set(nameOf(figure), { axes: `${x}:${y}`, part: fitted });
      draw();
    }
  },
  write(choices) {
    const short = (value) => Number(value.toPrecision(6));
    choices.set("zoom", [...zooms].sort().map(([name, { axes, part }]) => [name, axes, ...part.map(short)].join(":")));
  },
});
