"use strict";
// Pointers, fingers and keys on the picture; zoom, and the brush that is seen there.
import { $ } from "./ask.js";
import { begin, end, extend, painting } from "./stage.js";

const MOST = 16; // times as large as the whole picture in its place
const ENLARGED = 4; // at most, where a small picture is shown whole
const stage = $("stage"), scroller = $("scroller"), sheet = $("sheet");
const paint = $("paint"), cursor = $("cursor"), size = $("size");
let zoom = 1, at = [0, 0], fingers = new Map();

const tool = () => document.querySelector("input[name=tool]:checked").value;
const scale = () => paint.width / paint.getBoundingClientRect().width;
const brush = () => Number(size.value) * scale();
const limit = (value, low, high) => Math.min(Math.max(value, low), high);

// Zoom. The scroller scrolls, so wheel, scroll bars and keys pan as everywhere.

function layout() {
  if (!paint.width) return;
  const [width, height] = [stage.clientWidth, Math.max(innerHeight * 0.7, 240)];
  const whole = Math.min(width / paint.width, height / paint.height, ENLARGED);
  sheet.style.width = `${Math.floor(paint.width * whole) * zoom}px`;
  sheet.style.height = `${Math.floor(paint.height * whole) * zoom}px`;
  sheet.classList.toggle("crisp", whole * zoom >= 3);
  $("zoom").textContent = `${Math.round(100 * zoom)} %`;
  $("out").disabled = zoom === 1;
  $("in").disabled = zoom === MOST;
}
new ResizeObserver(layout).observe(stage);

/** Zooms; what lies at (x, y) of the window stays there. */
function zoomAt(factor, x, y) {
  const old = sheet.getBoundingClientRect();
  zoom = limit(zoom * factor, 1, MOST);
  layout();
  const now = sheet.getBoundingClientRect();
  const stay = (place, from, length, to, larger) =>
    to + ((place - from) / length) * larger - place;
  scroller.scrollLeft += stay(x, old.left, old.width, now.left, now.width);
  scroller.scrollTop += stay(y, old.top, old.height, now.top, now.height);
}

export function zoomBy(factor) {
  const place = scroller.getBoundingClientRect();
  zoomAt(factor, place.left + place.width / 2, place.top + place.height / 2);
}

/** The whole picture; the brush of the keyboard starts in its middle. */
export function fit(fresh = false) {
  zoom = 1;
  if (fresh) at = [paint.width / 2, paint.height / 2];
  layout();
}

scroller.addEventListener("wheel", (event) => {
  if (!event.ctrlKey && !event.metaKey) return;
  event.preventDefault();
  zoomAt(Math.exp(-event.deltaY / 400), event.clientX, event.clientY);
}, { passive: false });

// The brush that is seen, for the mouse and for the keyboard.

function show(shown) {
  cursor.hidden = !shown || tool() === "move";
  cursor.classList.toggle("square", tool() === "rectangle");
  const pixels = tool() === "rectangle" ? 12 : Number(size.value);
  cursor.style.width = cursor.style.height = `${pixels}px`;
  cursor.style.left = `${(100 * at[0]) / paint.width}%`;
  cursor.style.top = `${(100 * at[1]) / paint.height}%`;
}

export function resize(step) {
  size.value = Number(size.value) + step;
  show(!cursor.hidden);
}

function place(event) {
  const box = paint.getBoundingClientRect();
  return [(event.clientX - box.left) * scale(), (event.clientY - box.top) * scale()];
}

// One pointer paints, or moves with the tool for it or the middle button; two fingers
// move and zoom.

paint.addEventListener("pointerdown", (event) => {
  if (event.button > 1) return;
  event.preventDefault();
  scroller.focus({ preventScroll: true });
  paint.setPointerCapture(event.pointerId);
  fingers.set(event.pointerId, [event.clientX, event.clientY]);
  at = place(event);
  if (fingers.size > 1) end(false);
  else if (tool() !== "move" && event.button === 0) begin(tool(), brush(), at);
});

paint.addEventListener("pointermove", (event) => {
  at = place(event);
  show(event.pointerType !== "touch");
  if (!fingers.has(event.pointerId)) return;
  if (painting()) {
    const all = event.getCoalescedEvents?.() ?? [];
    return extend(...(all.length ? all : [event]).map(place));
  }
  const old = spread();
  fingers.set(event.pointerId, [event.clientX, event.clientY]);
  const now = spread();
  if (old.apart && now.apart) zoomAt(now.apart / old.apart, old.x, old.y);
  scroller.scrollLeft -= now.x - old.x;
  scroller.scrollTop -= now.y - old.y;
});

function spread() {
  const [[x, y], [u, v] = [x, y]] = [...fingers.values()];
  return { x: (x + u) / 2, y: (y + v) / 2, apart: Math.hypot(u - x, v - y) };
}

for (const kind of ["pointerup", "pointercancel"])
  paint.addEventListener(kind, (event) => {
    fingers.delete(event.pointerId);
    end(kind === "pointerup");
  });
paint.addEventListener("pointerleave", () => show(false));

// The keyboard: arrow keys move the brush, space held paints.

const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1],
  ArrowDown: [0, 1] };

scroller.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key in MOVES) {
    const [x, y] = MOVES[event.key];
    if (event.shiftKey) scroller.scrollBy(60 * x, 60 * y);
    else {
      const step = Math.max(brush() / 2, 1);
      at = [limit(at[0] + x * step, 0, paint.width),
        limit(at[1] + y * step, 0, paint.height)];
      if (painting()) extend(at);
    }
  } else if (event.key === " ") {
    if (!event.repeat && !painting() && tool() !== "move") begin(tool(), brush(), at);
  } else return;
  event.preventDefault();
  show(true);
  if (!event.shiftKey) cursor.scrollIntoView({ block: "nearest", inline: "nearest" });
});
scroller.addEventListener("keyup", (event) => {
  if (event.key === " ") end();
});
scroller.addEventListener("focus", () => show(scroller.matches(":focus-visible")));
scroller.addEventListener("blur", () => {
  end();
  show(false);
});
