// The day's curve: the number inside as steps, under the line of the limit. Plain SVG.

import { clock, number, word } from "./words.js";

const NS = "http://www.w3.org/2000/svg";
const RIGHT = 20, TOP = 16, BOTTOM = 26;
const HOUR_S = 3600;

function shape(name, attributes, text) {
  const made = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

// The smallest round step that leaves at most `most` lines; beyond all steps, many of the last.
function step_of(range, most, steps) {
  const last = steps.at(-1);
  return steps.find((step) => range / step <= most) ?? last * Math.ceil(range / most / last);
}

function round_steps(range) {
  const power = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, range))) - 1);
  return [1, 2, 5, 10, 20, 50].map((n) => n * power);
}

export function draw(svg, { points, began, now, inside, limit }) {
  const width = Math.max(280, svg.clientWidth || 600);
  const height = Math.max(200, svg.clientHeight || 230);
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const line = [...points, [now, inside]];
  const from = began, to = Math.max(now, began + 2 * HOUR_S);
  const top = Math.max(limit, 4, ...line.map(([, n]) => n)) * 1.1;
  const left = 14 + 8 * number(Math.floor(top)).length; // room for the numbers of the scale
  const x = (t) => left + ((Math.max(t, from) - from) / (to - from)) * (width - left - RIGHT);
  const y = (n) => TOP + (1 - Math.max(0, n) / top) * (height - TOP - BOTTOM);
  const parts = [];

  const rise = step_of(top, height / 60, round_steps(top));
  for (let n = 0; n <= top; n += rise) {
    parts.push(shape("line", { class: "grid", x1: left, x2: width - RIGHT, y1: y(n), y2: y(n) }));
    parts.push(shape("text", { class: "tick", x: left - 7, y: y(n) + 4, "text-anchor": "end" }, number(n)));
  }
  const hours = step_of((to - from) / HOUR_S, width / 80, [1, 2, 3, 4, 6, 12, 24]);
  const midnight = new Date(from * 1000).setHours(0, 0, 0, 0) / 1000;
  for (let t = midnight; t <= to; t += hours * HOUR_S) {
    if (t < from) continue;
    const anchor = x(t) > width - RIGHT - 8 ? "end" : "middle";
    const at = anchor === "end" ? width - 2 : x(t);
    parts.push(shape("text", { class: "tick", x: at, y: height - 6, "text-anchor": anchor }, clock(t)));
  }

  const [first, ...rest] = line;
  const path = `M${x(first[0])} ${y(first[1])}` + rest.map(([t, n]) => `H${x(t)}V${y(n)}`).join("");
  const floor = `V${y(0)}H${x(first[0])}Z`;
  parts.push(shape("path", { class: "area", d: path + floor }));
  parts.push(shape("line", { class: "limit", x1: left, x2: width - RIGHT, y1: y(limit), y2: y(limit) }));
  parts.push(shape("text", { class: "limit-text", x: left + 6, y: y(limit) - 6 }, word("curve_limit", { n: number(limit) })));
  parts.push(shape("path", { class: "line", d: path }));
  parts.push(shape("circle", { class: "now-dot", cx: x(now), cy: y(inside), r: 4.5 }));
  svg.replaceChildren(...parts);
}

// What the picture shows, in words.
export function described({ points, began, inside, limit }) {
  if (!points.length) return word("curve_empty", { began: clock(began) });
  const [at, most] = points.reduce((best, point) => (point[1] > best[1] ? point : best));
  return word("curve_text", {
    began: clock(began), most: number(most), at: clock(at), now: number(inside), limit: number(limit),
  });
}
