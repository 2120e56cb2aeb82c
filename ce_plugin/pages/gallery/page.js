"use strict";
const $ = (id) => document.getElementById(id);
const rows = $("rows"), large = $("large"), shown = $("shown"), sort = $("sort");
const imageOf = (figure) => figure && figure.querySelector("img");
const picturesOf = (part) => [...part.querySelectorAll("figure")].filter(imageOf);

// Sorting. Rows without a score come last, whichever way.
const inOrder = [...rows.children];
let reversed = false;

function arrange() {
  const [figure, column] = sort.value.split(" ");
  const placed = [...inOrder];
  if (figure !== "name") {
    const scores = new Map(inOrder.map((row) => {
      const cell = row.querySelector(`figure[data-column="${column}"]`);
      return [row, cell && figure in cell.dataset ? Number(cell.dataset[figure]) : NaN];
    }));
    const way = (figure === "psnr") !== reversed ? -1 : 1;
    placed.sort((a, b) => {
      const [x, y] = [scores.get(a), scores.get(b)];
      return isNaN(x) || isNaN(y) ? isNaN(x) - isNaN(y) : way * (x - y);
    });
  } else if (reversed) {
    placed.reverse();
  }
  rows.append(...placed);
}
sort.addEventListener("change", arrange);
$("reverse").addEventListener("click", () => {
  reversed = !reversed;
  $("reverse").setAttribute("aria-pressed", String(reversed));
  arrange();
});
$("sorting").hidden = inOrder.length < 2;

// The large view. `kept` is chosen by a button, `held` only while something is held.
let at = null, kept = "", held = "";

function others() {
  const row = at.closest(".row");
  return {
    hole: at.dataset.hole && !at.matches(".hole") ? imageOf($(at.dataset.hole)) : null,
    original: at.matches(".original") ? null : imageOf(row.querySelector(".original")),
  };
}

function draw() {
  const found = others(), kind = found[held] ? held : found[kept] ? kept : "";
  const image = kind ? found[kind] : imageOf(at);
  shown.src = image.src;
  shown.alt = image.alt;
  shown.classList.toggle("peek", Boolean(found.original || found.hole));
  shown.style.imageRendering = getComputedStyle(image).imageRendering;
  for (const name of ["hole", "original"]) {
    $(name).disabled = !found[name];
    $(name).setAttribute("aria-pressed", String(kind === name));
  }
  const score = kind ? null : at.querySelector(".score");
  const note = document.createElement("span");
  note.textContent = score
    ? ` ${[...score.children].map((part) => part.textContent).join(", ")}` : "";
  $("told").replaceChildren(image.alt, note);
}

function show(figure) {
  at = figure;
  held = "";
  if (!large.open) kept = "";
  draw();
  if (!large.open) large.showModal();
}

function beside(step) {
  const figures = picturesOf(rows);
  const next = figures[figures.indexOf(at) + step];
  if (next) show(next);
}

function below(step) {
  const column = (figure) => figure.className + figure.dataset.column;
  for (let row = at.closest(".row"); ; ) {
    row = step > 0 ? row.nextElementSibling : row.previousElementSibling;
    if (!row) return;
    const next = picturesOf(row).find((figure) => column(figure) === column(at));
    if (next) return show(next);
  }
}

function hold(kind) {
  if (kind === held) return;
  held = kind;
  draw();
}

rows.addEventListener("click", (event) => {
  const figure = event.target.closest("figure button")?.closest("figure");
  if (figure) show(figure);
});
for (const name of ["hole", "original"])
  $(name).addEventListener("click", () => {
    kept = kept === name ? "" : name;
    draw();
  });
$("left").addEventListener("click", () => beside(-1));
$("right").addEventListener("click", () => beside(1));
$("up").addEventListener("click", () => below(-1));
$("down").addEventListener("click", () => below(1));
$("close").addEventListener("click", () => large.close());

const moves = { ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up",
  ArrowDown: "down" };
const peeks = { h: "hole", o: "original" };
// On the document: a button that has just been disabled hears no keys.
document.addEventListener("keydown", (event) => {
  if (!large.open || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key in moves) $(moves[event.key]).click();
  else if (event.key.toLowerCase() in peeks) hold(peeks[event.key.toLowerCase()]);
  else return;
  event.preventDefault();
});
document.addEventListener("keyup", (event) => {
  if (peeks[event.key.toLowerCase()] === held) hold("");
});
shown.addEventListener("pointerdown", (event) => {
  if (event.button === 0) hold(others().original ? "original" : "hole");
});
for (const kind of ["pointerup", "pointercancel", "pointerleave"])
  shown.addEventListener(kind, () => hold(""));
// A long press is ours; the menu of a right click is not.
shown.addEventListener("contextmenu", (event) => held && event.preventDefault());
window.addEventListener("blur", () => large.open && hold(""));
large.addEventListener("close", () => {
  const button = at.querySelector("button");
  button.scrollIntoView({ block: "nearest" });
  button.focus();
});
