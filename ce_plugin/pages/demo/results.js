"use strict";
// What the fillers made of it, side by side: a card each, with a line to drag.
import { $ } from "./ask.js";

const cards = $("cards");
let urls = [], views = {}, name = "";

function urlOf(blob) {
  urls.push(URL.createObjectURL(blob));
  return urls.at(-1);
}

function fromBase64(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

function move(value) {
  cards.style.setProperty("--at", `${value}%`);
  for (const line of cards.querySelectorAll(".compare input")) line.value = value;
}
cards.addEventListener("input", (event) => move(event.target.value));

const seen = () => ($("pink").checked ? views.painted : views.plain);
$("pink").addEventListener("change", () => {
  for (const image of cards.querySelectorAll(".before")) image.src = seen();
});

/** Takes all cards away. */
export function clear() {
  cards.replaceChildren();
  $("results").hidden = true;
  urls.forEach(URL.revokeObjectURL);
  urls = [];
}

/** Makes room for the results of one hole.
 *
 * @param before the picture as PNG, `plain` and `painted`, and its `ratio`
 * @param left where the lines start, in percent: at the hole's left edge nothing of a
 *   result is covered
 * @param stem what the downloads' names begin with
 */
export function start(before, left, stem) {
  clear();
  views = { plain: urlOf(before.plain), painted: urlOf(before.painted) };
  name = stem;
  cards.style.setProperty("--ratio", before.ratio);
  $("results").hidden = false;
  move(left);
}

/** A card that says that a filler is at work; `done` and `failed` end it.
 *
 * @param filler its name
 * @param goOn called with a result that is to be the next picture
 */
export function card(filler, goOn) {
  const figure = $("card").content.cloneNode(true).firstElementChild;
  const part = (selector) => figure.querySelector(selector);
  figure.dataset.filler = filler;
  figure.ariaBusy = "true";
  part(".name").textContent = filler;
  part(".time").textContent = "at work";
  part(".after").alt = `filled by ${filler}`;
  part(".after").src = part(".before").src = seen();
  cards.append(figure);
  const line = part(".compare input");
  line.value = parseFloat(cards.style.getPropertyValue("--at"));
  line.ariaLabel = `${filler}: how much of the picture before is shown, in percent`;
  part(".large").addEventListener("click", ({ target }) => {
    target.ariaPressed = String(figure.classList.toggle("enlarged"));
    figure.scrollIntoView({ block: "nearest" });
  });

  return {
    done({ composite, file, ending, seconds, notes }) {
      part(".after").src = urlOf(new Blob([fromBase64(composite)], { type: "image/png" }));
      part(".time").textContent = `${seconds.toFixed(2)} s`;
      const download = part(".download"), content = new Blob([fromBase64(file)]);
      download.href = urlOf(content);
      download.download = `${name}-${filler.replaceAll(" ", "-")}${ending}`;
      part(".again").addEventListener("click", () => goOn(content, download.download));
      part(".notes").append(...notes.map((note) =>
        Object.assign(document.createElement("li"), { textContent: note })));
      figure.ariaBusy = "false";
    },
    failed(message) {
      part(".compare").remove();
      part(".bar").remove();
      part(".time").textContent = message;
      figure.classList.add("wrong");
      figure.ariaBusy = "false";
    },
  };
}
