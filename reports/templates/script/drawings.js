// A view has a drawing for windows and paper and one for small screens; the style sheet shows one of them.

const smallScreen = matchMedia("screen and (max-width: 40rem)");

function shownDrawing(view) {
  return view.querySelector(`${smallScreen.matches ? ".on-phone" : ".on-window"} svg[data-frame]`);
}

smallScreen.addEventListener("change", () => {
  for (const figure of document.querySelectorAll("figure.plot")) for (const listen of viewListeners) listen(figure);
});
