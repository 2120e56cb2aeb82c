"use strict";
// The page: opening a picture, choosing fillers, filling, and the keys for all of it.
import { $, answer, bitmapOf, form, say } from "./ask.js";
import { fit, resize, zoomBy } from "./hand.js";
import * as results from "./results.js";
import * as stage from "./stage.js";

const CHOSEN = ["telea", "patchmatch", "encoder-decoder"];
let about = null, picture = null, stem = "", atWork = null;

// Opening.

async function load(blob, name = "picture") {
  try {
    atWork?.abort();
    if (blob.size > about?.max_bytes)
      throw new Error(`an upload has at most ${about.max_bytes / 1e6} MB`);
    say("opening");
    const opened = await answer("/open", form({ picture: blob }));
    const frames = Number(opened.headers.get("X-Frames"));
    $("transparent").hidden = !Number(opened.headers.get("X-Clear"));
    const bitmap = await bitmapOf(await opened.blob());
    const { width, height } = bitmap;
    atWork?.abort(); // begun while the picture was opened
    results.clear();
    picture = blob;
    stem = name.replace(/\.[^.]*$/, "");
    choosing(false);
    stage.put(bitmap);
    bitmap.close();
    fit(true);
    const many = frames > 1 ? `, ${frames} frames with one hole` : "";
    say(`${width} x ${height} pixels${many}; paint the hole`);
  } catch (error) {
    say(error.message, true);
  }
}

function choosing(yes) {
  $("empty").hidden = !yes;
  $("tools").hidden = $("scroller").hidden = $("new").hidden = yes;
}

function example(name, number) {
  const button = document.createElement("button"), image = new Image();
  Object.assign(button, { type: "button", title: name });
  Object.assign(image, { src: `/example/${number}`, alt: name, loading: "lazy" });
  button.append(image);
  button.addEventListener("click", async () => {
    try {
      load(await (await answer(`/example/${number}`)).blob(), name);
    } catch (error) {
      say(error.message, true);
    }
  });
  return button;
}

function given(files) {
  const found = [...files].find(({ type }) => !type || type.startsWith("image/"));
  if (found) load(found, found.name);
  return Boolean(found);
}
$("file").addEventListener("change", ({ target }) => {
  given(target.files);
  target.value = ""; // the same file may be chosen again
});
document.addEventListener("paste", (event) => {
  if (given(event.clipboardData.files)) event.preventDefault();
});
for (const kind of ["dragover", "dragleave", "drop"])
  document.addEventListener(kind, (event) => {
    event.preventDefault();
    $("stage").classList.toggle("over", kind === "dragover");
    if (kind === "drop" && !given(event.dataTransfer.files))
      say("what was dropped is no picture", true);
  });
$("new").addEventListener("click", () => choosing(true));
$("transparent").addEventListener("click", async () => {
  try {
    const painted = await (await answer("/clear", form({ picture }))).blob();
    stage.give(await bitmapOf(painted));
  } catch (error) {
    say(error.message, true);
  }
});

// Filling.

function offer({ name, ready, lacks }) {
  const label = document.createElement("label"), box = document.createElement("input");
  Object.assign(box, { type: "checkbox", value: name, disabled: !ready });
  box.checked = ready && CHOSEN.some((chosen) => name.startsWith(chosen));
  label.append(box, name);
  if (!ready) {
    label.title = lacks;
    const why = document.createElement("small");
    why.textContent = lacks.split(":")[0];
    label.append(why);
  }
  return label;
}

async function fill() {
  if (atWork) return atWork.abort();
  const chosen = document.querySelectorAll("#fillers input:checked");
  const names = [...chosen].map((box) => box.value), failed = [];
  if (!names.length) return say("choose at least one filler", true);
  // Another picture may be opened while this one is filled.
  const work = (atWork = new AbortController()), source = picture;
  refresh();
  try {
    const { hole, left } = await stage.mask(), format = $("format").value;
    const before = await stage.before();
    if (source !== picture) return;
    results.start(before, left, stem);
    for (const [i, filler] of names.entries()) {
      say(`filling: ${filler} (${i + 1} of ${names.length})`);
      const card = results.card(filler, load);
      try {
        const sent = form({ picture: source, mask: hole, filler, format }, work.signal);
        card.done(await (await answer("/fill", sent)).json());
      } catch (error) {
        card.failed(work.signal.aborted ? "stopped" : error.message);
        if (work.signal.aborted) break;
        failed.push(`${filler}: ${error.message}`);
      }
    }
    if (source !== picture) return; // the line is about the new one
    if (work.signal.aborted) say("stopped");
    else say(failed.length ? failed.join("; ") : "done", failed.length > 0);
    $("results").scrollIntoView({ block: "nearest" });
  } finally {
    atWork = null;
    refresh();
  }
}

function refresh() {
  const { painted, undo, redo } = stage.state();
  $("undo").disabled = !undo;
  $("redo").disabled = !redo;
  $("clear").disabled = !painted;
  $("fill").disabled = !atWork && !(picture && painted);
  $("fill").textContent = atWork ? "Stop" : "Fill";
}
stage.onChange(refresh);

// Buttons and keys.

const click = (id) => () => !$(id).disabled && $(id).click();
const choose = (tool) => () => document.querySelector(`[value=${tool}]`).click();
for (const [id, act] of Object.entries({
  fill, undo: stage.undo, redo: stage.redo, clear: stage.clear, fit: () => fit(),
  in: () => zoomBy(1.5), out: () => zoomBy(1 / 1.5),
  help: () => $("shortcuts").showModal(),
})) $(id).addEventListener("click", act);

const KEYS = {
  o: () => $("file").click(), b: choose("brush"), r: choose("rectangle"),
  e: choose("eraser"), m: choose("move"), "[": () => resize(-6), "]": () => resize(6),
  "+": click("in"), "=": click("in"), "-": click("out"), 0: click("fit"),
  delete: click("clear"), backspace: click("clear"), "?": click("help"),
  escape: () => atWork?.abort(),
};
const WITH_CONTROL = { z: click("undo"), y: click("redo"), enter: click("fill") };

document.addEventListener("keydown", (event) => {
  if ($("shortcuts").open || event.altKey || event.target.matches("select")) return;
  const control = event.ctrlKey || event.metaKey, key = event.key.toLowerCase();
  const act = control && event.shiftKey && key === "z"
    ? WITH_CONTROL.y : (control ? WITH_CONTROL : KEYS)[key];
  if (!act) return;
  event.preventDefault();
  act();
});

// The style sheet knows the choice of colours; here it is only kept.
try {
  $("theme").value = localStorage.getItem("theme") ?? "auto";
  $("theme").addEventListener("change", ({ target }) =>
    localStorage.setItem("theme", target.value));
} catch { /* a browser that keeps nothing */ }

try {
  about = await (await answer("/about")).json();
  $("examples").append(...about.examples.map(example));
  $("fillers").append(...about.fillers.map(offer));
  refresh();
} catch (error) {
  say(error.message, true);
}
