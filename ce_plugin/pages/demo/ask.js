"use strict";
// The page's elements by their ids, and what is asked of the server.

export const $ = (id) => document.getElementById(id);

/** A line for the user: what is being done, or what is wrong. */
export function say(text, wrong = false) {
  $("said").textContent = text;
  $("said").classList.toggle("wrong", wrong);
}

/** The server's answer; throws an Error with its own words where it refuses. */
export async function answer(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error("the server does not answer; is it still running?");
  }
  if (response.ok) return response;
  const told = await response.json().catch(() => ({}));
  throw new Error(told.error || `the server answered ${response.status}`);
}

/** Options of a request that sends files and fields. */
export function form(entries, signal) {
  const body = new FormData();
  for (const [name, value] of Object.entries(entries)) body.append(name, value);
  return { method: "POST", body, signal };
}

/** A picture of the server's, its pixels as they are in the file. */
export function bitmapOf(blob) {
  const options = { colorSpaceConversion: "none", premultiplyAlpha: "none" };
  return createImageBitmap(blob, options);
}
