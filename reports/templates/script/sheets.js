// One file of several pages. #/task and #/task/table are anchors, which work without this script too; where there are choices in the
// address, the page is one of them. What is chosen holds for all pages, as it is carried along between files.

const sheets = [...document.querySelectorAll(".sheet")];
let current = sheets[0];

function turnTo(sheet) {
  current = sheet;
  sheet.parentElement.classList.add("turned");
  for (const other of sheets) other.classList.toggle("current", other === sheet);
  for (const link of document.querySelectorAll("nav a")) {
    link.toggleAttribute("aria-current", link.getAttribute("href") === `#${sheet.id}`);
    if (link.hasAttribute("aria-current")) link.setAttribute("aria-current", "page");
  }
  document.title = sheet.dataset.title;
}

// Where the address leads, if that is on a sheet.
function anchored() {
  const place = document.getElementById(decoded(location.hash.slice(1)));
  return place?.closest(".sheet") ? place : null;
}

addEventListener("hashchange", () => {
  const place = location.hash.includes("=") ? null : anchored();
  if (!place) return;
  turnTo(place.closest(".sheet"));
  for (let folded = place.closest("details"); folded; folded = folded.parentElement.closest("details")) folded.open = true;
  // The browser could not go to what was not shown.
  if (place === current) scrollTo(0, 0);
  else place.scrollIntoView();
  moveFocus(place);
  remember();
});

parts.push({
  read(choices) {
    const named = sheets.find((sheet) => sheet.id === `/${choices.get("page")?.[0]}`);
    turnTo(named ?? anchored()?.closest(".sheet") ?? sheets[0]);
  },
  // After all others: an anchor says the page as long as there is nothing else to say.
  write(choices) {
    const isSaid = location.hash.includes("=") || [...choices.values()].some((words) => words.length);
    choices.set("page", isSaid && current !== sheets[0] ? [current.id.slice(1)] : []);
  },
});
