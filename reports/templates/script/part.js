// A drawing of curves with a part of its axes in the room of the whole: lines, bands and dots are moved and cut at the
// frame, widths and sizes stay, numbers are written anew. Undone, it is what it was.

// Width of a character on a sheet, generously, and between a number and its axis.
const LETTER = 35;
const APART = 28;
// Names of what lines are cut with.
let frames = 0;

function partial(svg) {
  const { left, top, right, bottom } = axesOf(svg);
  const whole = [...numbersOf(svg.dataset.x), ...numbersOf(svg.dataset.y)];
  const [, , width, height] = numbersOf(svg.getAttribute("viewBox"));
  const id = `frame-${frames += 1}`;
  const undone = [];

  function put(element, name, value) {
    const before = element.getAttribute(name);
    undone.push(() => (before === null ? element.removeAttribute(name) : element.setAttribute(name, before)));
    element.setAttribute(name, value);
  }

  function add(element, before = null) {
    svg.insertBefore(element, before);
    undone.push(() => element.remove());
  }

  function reset() {
    while (undone.length) undone.pop()();
  }

  // Where a place of the whole is once a part of an axis has its room.
  function stretch(low, high, from, to, [start, end]) {
    const place = (value) => start + ((value - low) / (high - low)) * (end - start);
    const [first, last] = [place(from), place(to)];
    return (at) => start + ((at - first) / (last - first)) * (end - start);
  }

  function moved(points, [across, down]) {
    return points.map(([x, y]) => [across(x), down(y)].map((at) => at.toFixed(1)).join(",")).join(" ");
  }

  function lines(maps) {
    const inside = ([x, y]) => x >= left - 2 && x <= right + 2 && y >= top - 2 && y <= bottom + 2;
    for (const line of svg.querySelectorAll(":is(polyline, polygon):is([data-entry], .series)")) {
      const points = line.getAttribute("points").trim().split(/\s+/).map((point) => point.split(",").map(Number));
      if (points.every(inside)) {
        put(line, "points", moved(points, maps));
        put(line, "clip-path", `url(#${id})`);
      } else if (points.length > 2 && inside([right, points[0][1]])) {
        // From the end of a line, which is elsewhere now, to its name: what is left is a sample beside the name.
        put(line, "points", points.slice(1).map((point) => point.join(",")).join(" "));
      }
    }
    for (const dot of svg.querySelectorAll("circle[data-entry]")) {
      const at = [Number(dot.getAttribute("cx")), Number(dot.getAttribute("cy"))];
      if (!inside(at)) continue;
      const [x, y] = [maps[0](at[0]), maps[1](at[1])];
      put(dot, "cx", x.toFixed(1));
      put(dot, "cy", y.toFixed(1));
      if (!inside([x, y])) put(dot, "visibility", "hidden");
    }
  }

  function grid([x0, x1, y0, y1]) {
    const first = svg.querySelector(".tick");
    for (const tick of svg.querySelectorAll(".tick")) put(tick, "visibility", "hidden");
    const drawn = shape("g", { class: "part" });
    const line = (ends) => drawn.append(shape("line", { ...ends, class: "muted", stroke: "currentColor", "stroke-width": 4 }));
    const write = (text, look) => {
      const label = shape("text", { ...look, dy: "0.5ex", fill: "currentColor", class: "muted" });
      label.textContent = text;
      drawn.append(label);
    };
    let [over, under, free] = [0, 0, -Infinity];
    for (const { at, text } of ticks(x0, x1, false, Math.round((right - left) / 230))) {
      const x = left + ((at - x0) / (x1 - x0)) * (right - left);
      const half = 0.5 * LETTER * text.length;
      line({ x1: x, x2: x, y1: top, y2: bottom });
      if (x - half <= free) continue;
      write(text, { x, y: bottom + 56, "text-anchor": "middle" });
      free = x + half + 8;
      over = Math.max(over, x + half - width);
    }
    for (const { at, text } of ticks(y0, y1, svg.dataset.yScale === "log", Math.round((bottom - top) / 140))) {
      const y = bottom - ((at - y0) / (y1 - y0)) * (bottom - top);
      line({ x1: left, x2: right, y1: y, y2: y });
      write(text, { x: left - APART, y, "text-anchor": "end" });
      under = Math.max(under, LETTER * text.length + APART - left);
    }
    add(drawn, first);
    // Numbers of a part have more digits than there was room for.
    if (over > 0 || under > 0) put(svg, "viewBox", `${-under} 0 ${width + over + under} ${height}`);
  }

  function show(part) {
    reset();
    const [x0, x1, y0, y1] = part;
    const clip = shape("clipPath", { id });
    clip.append(shape("rect", { x: left, y: top, width: right - left, height: bottom - top }));
    add(clip);
    lines([stretch(whole[0], whole[1], x0, x1, [left, right]), stretch(whole[2], whole[3], y0, y1, [bottom, top])]);
    grid(part);
    put(svg, "data-x", `${x0} ${x1}`);
    put(svg, "data-y", `${y0} ${y1}`);
  }

  return { whole, show, reset };
}
