// What the reader has chosen lives in the fragment of the address, so that a view can be reloaded and shared:
// #x=step&y=linear&hide=sgd,adam&sort=results:2:descending&columns=standings:3&zoom=figure:step:log:0:500:-1:0&pair=adam,sgd. A fragment without "=" is an
// ordinary anchor.

// Each part of the page adds { read(choices), write(choices) }; choices map a name to a list of words.
const parts = [];

function made(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

// What a click has done, for those who hear the page.
const status = made("p", { class: "unseen control", role: "status" });
document.body.append(status);

function announce(text) {
  status.textContent = text;
}

// The focus is put where a click leads to, be it no stop of the keyboard.
function moveFocus(place) {
  if (!place.hasAttribute("tabindex")) {
    place.tabIndex = -1;
    place.addEventListener("blur", () => place.tabIndex < 0 && place.removeAttribute("tabindex"), { once: true });
  }
  place.focus();
}

function decoded(word) {
  try {
    return decodeURIComponent(word);
  } catch {
    return "";
  }
}

function choicesOf(fragment) {
  const choices = new Map();
  for (const part of fragment.replace(/^#/, "").split("&")) {
    const [name, words] = part.split("=");
    if (words) choices.set(name, words.split(",").map(decoded).filter(Boolean));
  }
  return choices;
}

function fragmentOf(choices) {
  const encoded = (word) => encodeURIComponent(word).replace(/%3A/g, ":");
  return [...choices].filter(([, words]) => words.length)
    .map(([name, words]) => `${name}=${words.map(encoded).join(",")}`).join("&");
}

// Links to the other pages take along what means the same there.
const links = [...document.querySelectorAll('a[href$=".html"]')]
  .map((link) => [link, link.getAttribute("href")]).filter(([, page]) => !page.includes("//"));

function remember() {
  const choices = new Map();
  for (const part of parts) part.write(choices);
  const fragment = fragmentOf(choices);
  // An anchor stays until there is something else to say.
  if (fragment) history.replaceState(null, "", `#${fragment}`);
  else if (location.hash.includes("=")) history.replaceState(null, "", location.pathname + location.search);
  for (const own of ["sort", "columns", "zoom", "pair"]) choices.delete(own);
  const carried = fragmentOf(choices);
  for (const [link, page] of links) link.setAttribute("href", carried ? `${page}#${carried}` : page);
}

function recall() {
  const choices = choicesOf(location.hash);
  for (const part of parts) part.read(choices);
  remember();
}

// An anchor moves on the page and changes nothing else.
addEventListener("hashchange", () => {
  if (location.hash.length < 2 || location.hash.includes("=")) recall();
});
