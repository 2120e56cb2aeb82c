"use strict";
// What moves on the page: columns sort, and a method stands out.
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    head.querySelector("button").addEventListener("click", () => {
      const first = head.dataset.first;
      const other = first === "ascending" ? "descending" : "ascending";
      const order = head.getAttribute("aria-sort") === first ? other : first;
      heads.forEach((one) => one.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", order);
      const sign = order === "ascending" ? 1 : -1;
      const numeric = "numeric" in head.dataset;
      const key = (row) => row.cells[column].dataset.value;
      const rows = [...body.rows].sort((a, b) => {
        const [left, right] = [key(a), key(b)];
        // What is missing comes last, whichever way round.
        if (left === "" || right === "") {
          return (left === "" ? 1 : 0) - (right === "" ? 1 : 0);
        }
        return sign * (numeric ? left - right : left.localeCompare(right));
      });
      body.append(...rows);
    });
  });
}

const pressed = new Set();
let pointed = null;
const shows = document.querySelectorAll("[data-method]");
function light() {
  const chosen = new Set(pressed);
  if (pointed !== null) chosen.add(pointed);
  document.body.classList.toggle("dimmed", chosen.size > 0);
  for (const one of shows) {
    one.classList.toggle("lit", chosen.has(one.dataset.method));
  }
}
for (const one of document.querySelectorAll(".series, .key button")) {
  const point = (method) => () => { pointed = method; light(); };
  one.addEventListener("pointerenter", point(one.dataset.method));
  one.addEventListener("pointerleave", point(null));
}
for (const button of document.querySelectorAll(".key button")) {
  button.addEventListener("click", () => {
    const method = button.dataset.method;
    if (!pressed.delete(method)) pressed.add(method);
    for (const twin of document.querySelectorAll(".key button")) {
      twin.setAttribute("aria-pressed", pressed.has(twin.dataset.method));
    }
    light();
  });
}
