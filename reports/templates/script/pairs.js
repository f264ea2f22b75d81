// Any two entries beside each other: two lists choose them, and their difference along the budget is drawn where that of
// the first pair was, from the values of their runs.

function pairable(place) {
  const { first, data } = JSON.parse(place.querySelector("script.pairs").textContent);
  const entries = new Map(data.entries.map((entry) => [entry.key, entry]));
  const question = place.querySelector("figcaption .asks");
  const drawings = [...place.querySelectorAll("svg[data-frame]")];
  const axes = drawings.map((svg) => numbersOf(svg.dataset.x));
  const parts = new Map();
  // As the first pair was drawn.
  const before = { question: question.textContent, drawings: drawings.map((svg) => svg.cloneNode(true)) };
  const said = made("p", { class: "control", "aria-live": "polite" });
  let pair = first;

  function select(which, name) {
    const list = made("select", { "aria-label": name });
    for (const { key, title } of data.entries) list.append(made("option", { value: key }, title));
    list.addEventListener("change", () => {
      pair = pair.with(which, list.value);
      show();
      announce(said.textContent);
      remember();
    });
    return list;
  }
  const lists = [select(0, "First entry"), select(1, "Second entry")];
  place.querySelector(".views").before(made("p", { class: "control pair-lists" }, lists[0], " minus ", lists[1]));
  place.querySelector("figure").after(said);

  const seedsOf = (one, other) => Object.keys(one.runs).filter((seed) => seed in other.runs);

  // Mean and 95 % interval of the differences at each moment, as long as every seed that both have has a value of both:
  // where a run ends early, those that are left would go on as if it had never been.
  function differences(one, other) {
    const seeds = seedsOf(one, other);
    const n = seeds.length;
    const lacks = (k) => seeds.some((seed) => [one, other].some(({ runs }) => runs[seed][k] === null));
    const end = data.epochs.findIndex((_, k) => n === 0 || lacks(k));
    return data.epochs.slice(0, end < 0 ? data.epochs.length : end).map((epoch, k) => {
      const values = seeds.map((seed) => one.runs[seed][k] - other.runs[seed][k]);
      const mean = values.reduce((sum, value) => sum + value, 0) / n;
      const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
      const half = data.quantiles[n] ? data.quantiles[n] * Math.sqrt(variance / n) : null;
      const won = values.filter((value) => (data.measure.rises ? value > 0 : value < 0)).length + 0.5 * values.filter((value) => value === 0).length;
      return { epoch, n, won, mean, half };
    });
  }

  // Zero, where neither is ahead, is always seen.
  function rangeOf(rows) {
    const ends = [0, ...rows.flatMap(({ mean, half }) => [mean - (half ?? 0), mean + (half ?? 0)])];
    const [low, high] = [Math.min(...ends), Math.max(...ends)];
    const room = 0.06 * Math.max(high - low, 10 ** (1 - data.decimals));
    return [low - room, high + room];
  }

  function draw(svg, k, one, rows) {
    parts.get(svg)?.reset();
    // The name at the end of the line says what the lists say.
    for (const shape of svg.querySelectorAll("[data-entry]")) shape.remove();
    const range = rangeOf(rows);
    svg.dataset.x = axes[k].join(" ");
    svg.dataset.y = range.join(" ");
    const { x, y } = axesOf(svg);
    const points = (list) => list.map(([epoch, value]) => `${x(epoch).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
    const sample = sampleOf(one.key)?.querySelector("line");
    const look = { class: sample?.getAttribute("class") ?? "", "data-entry": one.key };
    const colour = sample?.getAttribute("stroke") ?? "currentColor";
    const bounded = rows.filter((row) => row.half !== null);
    const band = bounded.map((row) => [row.epoch, row.mean + row.half])
      .concat(bounded.toReversed().map((row) => [row.epoch, row.mean - row.half]));
    svg.append(
      shape("line", { x1: x(axes[k][0]), x2: x(axes[k][1]), y1: y(0), y2: y(0), stroke: "currentColor", "stroke-width": 4, "data-entry": one.key }),
      shape("polygon", { ...look, points: points(band), fill: colour, opacity: 0.16, stroke: "none" }),
      shape("polyline", { ...look, points: points(rows.map((row) => [row.epoch, row.mean])), fill: "none", stroke: colour, "stroke-width": 9 }),
    );
    const drawn = partial(svg);
    parts.set(svg, drawn);
    drawn.show([...axes[k], ...range]);
  }

  function sentence(one, other, rows) {
    const last = rows.at(-1);
    if (one === other) return "An entry against itself: nothing to see.";
    const pairs = seedsOf(one, other).length;
    if (!pairs) return `${one.title} and ${other.title} have no seed in common.`;
    if (!last) return `${one.title} and ${other.title} have no epoch at which all ${pairs} pairs have a value.`;
    const whole = last.epoch === data.epochs.at(-1);
    const end = whole ? "" : `, the last at which ${pairs === 1 ? "the pair has" : `all ${pairs} pairs have`} a value`;
    const signed = (value) => (value > 0 ? "+" : "") + typeset(value.toFixed(data.decimals));
    const bounds = last.half === null ? "" : ` [${signed(last.mean - last.half)}, ${signed(last.mean + last.half)}]`;
    return `After epoch ${last.epoch}${end}: ${one.title} is ${signed(last.mean)} ${data.measure.points}${bounds} from ${other.title}, `
      + `and ahead in ${last.won} of ${last.n} pairs.`;
  }

  function restore() {
    if (!parts.size) return;
    question.textContent = before.question;
    drawings.forEach((svg, k) => {
      const first = before.drawings[k].cloneNode(true);
      svg.replaceChildren(...first.childNodes);
      for (const { name, value } of first.attributes) svg.setAttribute(name, value);
      parts.delete(svg);
    });
  }

  const isFirst = () => pair.join() === first.join();

  function show() {
    const [one, other] = pair.map((key) => entries.get(key));
    const rows = differences(one, other);
    lists.forEach((list, which) => { list.value = pair[which]; });
    said.textContent = sentence(one, other, rows);
    if (isFirst()) {
      restore();
      return;
    }
    question.textContent = `${one.title} minus ${other.title}: who is ahead when?`;
    drawings.forEach((svg, k) => {
      svg.querySelector("title")?.remove();
      svg.setAttribute("aria-label", `Paired difference of the ${data.measure.name} of ${one.title} and ${other.title} along the epochs`);
      draw(svg, k, one, rows);
    });
  }

  return {
    asked: () => (isFirst() ? [] : pair),
    choose(keys) {
      const known = keys.length === 2 && keys.every((key) => entries.has(key));
      pair = known ? keys : first;
      show();
    },
  };
}

const pairPlaces = [...document.querySelectorAll("[data-pair]")]
  .map((place) => ({ page: place.closest(".sheet")?.id.slice(1), ...pairable(place) }));

// One file has the pages of several tasks, and there each pair is behind the name of its page.
parts.push({
  read(choices) {
    const words = choices.get("pair") ?? [];
    const named = new Map(words.map((word) => word.split(":")).map(([page, ...keys]) => [page, keys]));
    for (const { page, choose } of pairPlaces) choose(pairPlaces.length > 1 ? named.get(page) ?? [] : words);
  },
  write(choices) {
    const chosen = pairPlaces.map(({ page, asked }) => [page, asked()]).filter(([, keys]) => keys.length);
    choices.set("pair", chosen.flatMap(([page, keys]) => (pairPlaces.length > 1 ? [[page, ...keys].join(":")] : keys)));
  },
});
