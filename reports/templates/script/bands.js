// Bands of many entries cover each other. Of a drawing with more than a few, the band of the entry that is pointed at
// on a board is seen, or all that are left once enough entries are hidden.

const FEW = 4;
const crowds = [...document.querySelectorAll("svg.crowded")].map((svg) => [...svg.querySelectorAll(".band")]);
let pointed = null;

function showBands() {
  for (const bands of crowds) {
    const left = new Set(bands.map((band) => band.dataset.entry).filter((key) => !hidden.has(key)));
    for (const band of bands) band.classList.toggle("lit", left.size <= FEW || band.dataset.entry === pointed);
  }
}

notes.push(showBands);
highlightListeners.push((key) => {
  pointed = key;
  showBands();
});
