// A rectangle dragged out over the plotting area with a mouse or a pen; fingers scroll the page.

// Shorter drags are clicks; a drag that is hardly higher or wider than this takes all of the other axis.
const START = 6;
const FLAT = 12;

// Calls `began` when a drag is one, and `take` with its ends on the axes.
function brushable(view, began, take) {
  let from = null;
  let box = null;

  function spot(event) {
    const svg = shownDrawing(view);
    const matrix = svg.getScreenCTM();
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
    return { svg, axes: axesOf(svg), pixel: 1 / matrix.a, x: at.x, y: at.y };
  }

  const inside = ({ axes, x, y }) => x >= axes.left && x <= axes.right && y >= axes.top && y <= axes.bottom;

  // Left, right, top, bottom on the sheet.
  function selected({ axes, pixel, x, y }) {
    const [x1, y1] = [Math.min(Math.max(x, axes.left), axes.right), Math.min(Math.max(y, axes.top), axes.bottom)];
    const [across, down] = [Math.abs(x1 - from.x), Math.abs(y1 - from.y)];
    const flat = Math.max(FLAT * pixel, across / 8);
    const steep = Math.max(FLAT * pixel, down / 8);
    const horizontal = across < steep && down >= flat ? [axes.left, axes.right] : [Math.min(from.x, x1), Math.max(from.x, x1)];
    const vertical = down < flat ? [axes.top, axes.bottom] : [Math.min(from.y, y1), Math.max(from.y, y1)];
    return [...horizontal, ...vertical];
  }

  function stop() {
    box?.remove();
    view.classList.remove("brushing");
    [from, box] = [null, null];
  }

  view.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "touch" || event.button !== 0 || event.target.closest(".control")) return;
    const at = spot(event);
    if (inside(at)) from = at;
  });
  view.addEventListener("pointermove", (event) => {
    if (!from) return;
    if (!(event.buttons & 1)) return void stop();
    const at = spot(event);
    if (!box) {
      if (Math.hypot(at.x - from.x, at.y - from.y) < START * at.pixel) return;
      box = shape("rect", { class: "brush", "aria-hidden": "true" });
      at.svg.append(box);
      view.setPointerCapture(event.pointerId);
      view.classList.add("brushing");
      began();
    }
    const [left, right, top, bottom] = selected(at);
    for (const [name, value] of Object.entries({ x: left, y: top, width: right - left, height: bottom - top })) {
      box.setAttribute(name, value);
    }
  });
  view.addEventListener("pointerup", (event) => {
    if (!box) return void stop();
    const at = spot(event);
    const [left, right, top, bottom] = selected(at);
    stop();
    const { valueAt, heightAt } = at.axes;
    take([valueAt(left), valueAt(right), heightAt(bottom), heightAt(top)]);
  });
  view.addEventListener("pointercancel", stop);
  view.addEventListener("selectstart", (event) => from && event.preventDefault());
  view.addEventListener("dragstart", (event) => from && event.preventDefault());
}
