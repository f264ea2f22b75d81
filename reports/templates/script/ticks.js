// Round numbers along an axis, written as the drawings have them.

// What is labelled within a decade, from many to few.
const DIGITS = [[1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 2, 3, 5, 7], [1, 2, 5], [1]];
// From so many decades on nothing is labelled within them.
const DECADES = 2.5;
// Numbers of a size or with digits beyond these have an exponent.
const [LARGEST, LONGEST] = [1e15, 9];

// 1, 2 or 5 times a power of ten, at or above x.
function roundStep(x) {
  const power = 10 ** Math.floor(Math.log10(x));
  return power * [1, 2, 5, 10].find((digit) => x <= digit * power * 1.000001);
}

function decimalsOf(step) {
  return Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
}

function tickText(value, decimals) {
  if (decimals > LONGEST || Math.abs(value) >= LARGEST) return typeset(String(Number(value.toPrecision(3))));
  const text = value.toFixed(decimals).replace(/^-(0(\.0*)?)$/, "$1");
  const whole = Math.abs(value) >= 1e4 ? text.replace(/\B(?=(\d{3})+$)/g, "\u202f") : text;
  return whole.replace("-", "\u2212");
}

// The multiples of a round step, at most so many.
function multiples(low, high, most) {
  let step = roundStep((high - low) / most);
  const ends = () => [Math.ceil(low / step - 1e-9), Math.floor(high / step + 1e-9)];
  while (ends()[1] - ends()[0] >= most) step = roundStep(step * 1.5);
  const [first, last] = ends();
  const values = Array.from({ length: Math.max(0, last - first + 1) }, (_, k) => (first + k) * step);
  return values.map((value) => ({ value, text: tickText(value, decimalsOf(step)) }));
}

// 1 to 9 times the powers of ten between two exponents, every so many of them.
function powers(low, high, digits, stride) {
  const found = [];
  for (let power = Math.ceil(Math.floor(low) / stride) * stride; power <= high + 1e-9; power += stride) {
    for (const digit of digits) {
      const at = power + Math.log10(digit);
      if (at < low - 1e-9 || at > high + 1e-9) continue;
      const short = power >= -3 && power < 4;
      const raised = typeset(`1e${power}`).slice(4);
      const text = digits.length === 1 ? raised : `${digit}·${raised}`;
      found.push({ at, text: short ? tickText(digit * 10 ** power, Math.max(0, -power)) : text });
    }
  }
  return found;
}

// At most so many ticks, at least two, between two places of an axis; of a logarithmic one these are exponents of ten.
function ticks(low, high, logarithmic, most) {
  if (!logarithmic) return multiples(low, high, most).map(({ value, text }) => ({ at: value, text }));
  if (high - low >= DECADES) {
    let stride = 1;
    while (powers(low, high, [1], stride).length > most) stride = roundStep(stride * 1.5);
    return powers(low, high, [1], stride);
  }
  const found = DIGITS.map((digits) => powers(low, high, digits, 1)).find((list) => list.length <= most) ?? [];
  if (found.length > 2) return found;
  return multiples(10 ** low, 10 ** high, most).filter(({ value }) => value > 0)
    .map(({ value, text }) => ({ at: Math.log10(value), text }));
}
