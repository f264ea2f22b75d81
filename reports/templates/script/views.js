// One figure drawn against epochs, steps and seconds, on a logarithmic and a linear axis: radio buttons choose,
// for all figures of the page.

const AXES = {
  x: ["Against", { epoch: "epochs", step: "steps", second: "seconds" }],
  y: ["Scale", { log: "logarithmic", linear: "linear" }],
};
const chosen = { x: null, y: null };
const plots = [];
// Called with each figure when what it shows has changed.
const viewListeners = [];

function radio(group, value, label, choose) {
  const input = made("input", { type: "radio", name: group, value });
  input.addEventListener("change", choose);
  return made("label", {}, input, made("span", {}, label));
}

function showViews(axis) {
  for (const plot of plots) plot(axis);
}

function switchable(figure, index) {
  const views = [...figure.querySelectorAll(".view")];
  const place = figure.querySelector(".views");
  place.append(...views);
  figure.querySelector(".other-views")?.remove();
  const controls = made("div", { class: "control switches" });
  for (const [axis, [title, labels]] of Object.entries(AXES)) {
    const values = [...new Set(views.map((view) => view.dataset[axis]))];
    if (values.length < 2) continue;
    const choose = (value) => () => {
      chosen[axis] = value;
      showViews(axis);
      announce(`${title} ${labels[value] ?? value}.`);
      remember();
    };
    const group = `figure-${index}-${axis}`;
    const radios = values.map((value) => radio(group, value, labels[value] ?? value, choose(value)));
    controls.append(made("fieldset", {}, made("legend", {}, title), ...radios));
  }
  if (controls.children.length) place.before(controls);

  // A figure need not have every combination: the axis chosen last decides.
  plots.push((axis) => {
    const fits = (view, name) => view.dataset[name] === (chosen[name] ?? views[0].dataset[name]);
    const both = views.find((view) => fits(view, "x") && fits(view, "y"));
    const shown = both ?? views.find((view) => fits(view, axis)) ?? views[0];
    for (const view of views) view.hidden = view !== shown;
    for (const input of controls.querySelectorAll("input")) {
      input.checked = input.value === shown.dataset[input.name.endsWith("x") ? "x" : "y"];
    }
    for (const listen of viewListeners) listen(figure);
  });
}

document.querySelectorAll("figure.plot:has(.view)").forEach(switchable);

parts.push({
  read(choices) {
    for (const [axis, [, labels]] of Object.entries(AXES)) {
      const value = choices.get(axis)?.[0];
      chosen[axis] = value && Object.hasOwn(labels, value) ? value : null;
    }
    showViews("x");
  },
  write(choices) {
    for (const axis of Object.keys(AXES)) choices.set(axis, chosen[axis] ? [chosen[axis]] : []);
  },
});
