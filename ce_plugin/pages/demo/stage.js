"use strict";
// The picture and what is painted on it: strokes, their history, and the mask.
import { $ } from "./ask.js";

const HOLE = "#ff0090";
const view = $("view"), paint = $("paint"), box = $("box");
const pen = paint.getContext("2d", { willReadFrequently: true });
let done = [], undone = [], stroke = null, changed = () => {};

/** Calls back whenever what is painted has changed. */
export function onChange(callback) {
  changed = callback;
}

/** Puts a picture there, with nothing painted. */
export function put(bitmap) {
  for (const canvas of [view, paint])
    Object.assign(canvas, { width: bitmap.width, height: bitmap.height });
  view.getContext("2d").drawImage(bitmap, 0, 0);
  [done, undone, stroke] = [[], [], null];
  changed();
}

/** What can be done now. Only eraser strokes are nothing painted. */
export function state() {
  const last = done.findLastIndex(({ tool }) => tool === "clear");
  const painted = done.slice(last + 1).some(({ tool }) => tool !== "eraser");
  return { painted, undo: done.length > 0, redo: undone.length > 0 };
}

// Drawing. `from` is the first point that is not drawn yet.

function draw({ tool, width, points, bitmap }, from = 0) {
  pen.globalCompositeOperation = tool === "eraser" ? "destination-out" : "source-over";
  pen.strokeStyle = pen.fillStyle = HOLE;
  if (tool === "clear") return pen.clearRect(0, 0, paint.width, paint.height);
  if (tool === "given") return pen.drawImage(bitmap, 0, 0);
  if (tool === "rectangle") return pen.fillRect(...corners(points));
  pen.lineCap = pen.lineJoin = "round";
  pen.lineWidth = width;
  pen.beginPath();
  pen.moveTo(...points[Math.max(from - 1, 0)]);
  for (const point of points.slice(from)) pen.lineTo(...point);
  // A dab has no length, and some browsers draw nothing for it.
  if (points.length === 1) pen.lineTo(points[0][0] + 0.01, points[0][1]);
  pen.stroke();
}

function corners(points) {
  const [[x, y], [u, v]] = [points[0], points.at(-1)];
  return [Math.min(x, u), Math.min(y, v), Math.abs(u - x), Math.abs(v - y)];
}

function redraw() {
  draw({ tool: "clear" });
  for (const one of done) draw(one);
}

/** Starts a stroke at (x, y), in the picture's pixels. */
export function begin(tool, width, point) {
  stroke = { tool, width, points: [point] };
  extend();
}

/** Whether a stroke has begun and not ended. */
export const painting = () => stroke !== null;

/** Goes on with the stroke. */
export function extend(...points) {
  const from = stroke.points.length;
  stroke.points.push(...points);
  if (stroke.tool !== "rectangle") return draw(stroke, points.length ? from : 0);
  // Drawn when it is done; until then a frame in percent of the picture.
  const parts = corners(stroke.points).map(
    (value, i) => `${(100 * value) / (i % 2 ? paint.height : paint.width)}%`);
  ["left", "top", "width", "height"].forEach((side, i) => { box.style[side] = parts[i]; });
  box.hidden = false;
}

/** Ends the stroke and keeps it, or throws it away. */
export function end(keep = true) {
  if (!stroke) return;
  const one = stroke;
  stroke = null;
  box.hidden = true;
  if (keep) add(one);
  else redraw();
}

function add(one) {
  done.push(one);
  undone = [];
  redraw();
  changed();
}

/** Takes the opaque pixels of a bitmap as painted. */
export const give = (bitmap) => add({ tool: "given", bitmap });

export function clear() {
  if (state().painted) add({ tool: "clear" });
}

function step(from, to) {
  if (stroke || !from.length) return;
  to.push(from.pop());
  redraw();
  changed();
}
export const undo = () => step(done, undone);
export const redo = () => step(undone, done);

// What is sent and shown.

function toBlob(canvas) {
  return new Promise((ready) => canvas.toBlob(ready, "image/png"));
}

function canvasLike() {
  return Object.assign(document.createElement("canvas"),
    { width: view.width, height: view.height });
}

/** The hole as a PNG, white, and its left edge in percent of the width. */
export async function mask() {
  const canvas = canvasLike(), { width, height } = canvas;
  const pixels = pen.getImageData(0, 0, width, height);
  const words = new Uint32Array(pixels.data.buffer); // alpha is the highest byte
  let left = width;
  // Edges of strokes are soft; a pixel is hole or it is not.
  for (let i = 0; i < words.length; i++) {
    const hole = words[i] >>> 31;
    words[i] = hole ? 0xffffffff : 0xff000000;
    if (hole && i % width < left) left = i % width;
  }
  canvas.getContext("2d").putImageData(pixels, 0, 0);
  return { hole: await toBlob(canvas), left: (100 * left) / width };
}

/** The picture as PNG, as it is shown and with what is painted; width by height. */
export async function before() {
  const canvas = canvasLike(), both = canvas.getContext("2d");
  both.drawImage(view, 0, 0);
  const plain = await toBlob(canvas);
  both.drawImage(paint, 0, 0);
  return { plain, painted: await toBlob(canvas), ratio: view.width / view.height };
}
