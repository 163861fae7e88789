// A character's portrait where the host app gives none: a cut-paper figure before a lamp, and the look on its face.
//
// Which figure and which light is told by the character's name alone, so it is the same on every device. It shows who
// speaks and how they are; what matters is always said in words too.

import { draw, make } from "./dom.js";

const LOOKS = {
  calm: { brows: ["M23 27.5q3.2-1.6 6.4-.4", "M34.6 27.1q3.2-1.2 6.4.4"], mouth: "M28.2 40.4q3.8 1.5 7.6 0", eyes: 2.1 },
  thinking: { brows: ["M23 26q3.2-2.2 6.4-1.4", "M34.6 27.6q3.2-.8 6.4.2"], mouth: "M29 40.8q3 -.9 6 .2", eyes: 2.1, gaze: [1.2, -1.4] },
  speaking: { brows: ["M23 26.8q3.2-1.9 6.4-.5", "M34.6 26.3q3.2-1.4 6.4.5"], mouth: "M28.6 39.6q3.4-.8 6.8 0q-.8 3.6-3.4 3.6t-3.4-3.6z", eyes: 2.1, open: true },
  warm: { brows: ["M23 26.6q3.2-2 6.4-.6", "M34.6 26q3.2-1.4 6.4.6"], mouth: "M27.4 39.4q4.6 4.2 9.2 0", eyes: 1.6 },
  guarded: { brows: ["M23 26.4q3.4.2 6.4 1.8", "M34.6 28.2q3-1.6 6.4-1.8"], mouth: "M28.4 41q3.6-1 7.2 0", eyes: 1.7 },
};
// Each is hair behind the face, hair before it, and what is worn.
const FIGURES = [
  ["M17 34q-1-19 15-19t15 19q-2 3-3 8H20q-1-5-3-8z", "M19 29q2-12 13-12t13 12q-4-6-9-7-6 4-17 7z", "M8 66q2-15 16-17l8 6 8-6q14 2 16 17z"],
  ["M15 52q-1-37 17-37t17 37q-5 3-9 1V34H24v19q-4 2-9-1z", "M19 31q0-13 13-14 12 0 13 14-7-1-12-8-4 6-14 8z", "M9 66q3-14 17-16 6 4 12 0 14 2 17 16z"],
  ["M20 20q-3-9 6-11 10-4 14 3 4 4 2 9 5 4 4 14H18q-1-10 2-15z", "M19 30q1-11 13-12 12 1 13 12-6-6-13-6t-13 6z", "M10 66q0-13 15-16l7 3 7-3q15 3 15 16z"],
  ["M18 33q-2-16 14-17 16 1 14 17l-3 4H21z", "M19 28q-1-13 14-13 13 1 12 13-2-5-6-7-4 2-8 1-8 0-12 6z", "M7 66q3-15 18-17l7 12 7-12q15 2 18 17z"],
  ["M14 44q-4-12 2-21 5-10 16-10t16 10q6 9 2 21-4 6-10 3V34H24v13q-6 3-10-3z", "M19 30q3-4 3-9 8 4 20 2 3 3 3 7 1-14-13-15-14 1-13 15z", "M9 66q2-14 17-17 6 5 12 0 15 3 17 17z"],
  ["M19 32q-1-15 13-16 14 1 13 16z", "M18 29q-2-7 5-10 9-5 18 1 6 3 5 9-4-4-9-4-10 2-19 4z", "M8 66q3-14 16-17l3 4h10l3-4q13 3 16 17z"],
];
const LIGHTS = [
  ["#ffce7a", "#c05a1e", "#241a2e"],
  ["#9fc3ff", "#2b4fae", "#131a33"],
  ["#ffb3a0", "#a8394c", "#2a1425"],
  ["#b9e6c9", "#2c7a63", "#10262a"],
  ["#e6c8ff", "#6d48a8", "#1d1633"],
  ["#ffe3a6", "#a27118", "#26200f"],
];

function placeOf(name, many, salt) {
  let sum = salt;
  for (const char of name) sum = (Math.imul(sum, 31) + char.codePointAt(0)) >>> 0;
  return ((sum ^ (sum >>> 13)) >>> 0) % many;
}

let drawn = 0;

export class Portrait {
  /** `source`: an address with `{character}` and perhaps `{expression}` in it; null: a figure is drawn. */
  constructor(source) {
    this.source = source;
    this.element = make("span", { className: "portrait", part: "portrait", "aria-hidden": "true" });
    this.slug = null;
    this.look = "calm";
  }

  show(slug, look = this.look) {
    if (slug === this.slug && look === this.look) return;
    const same = slug === this.slug;
    Object.assign(this, { slug, look });
    this.element.dataset.look = look;
    if (!slug) return this.element.replaceChildren();
    if (this.source) return this.#picture();
    if (same) this.#turnFace();
    else this.element.replaceChildren(this.#figure());
  }

  #picture() {
    const address = this.source.replaceAll("{character}", encodeURIComponent(this.slug)).replaceAll("{expression}", this.look);
    const image = this.element.querySelector("img") ?? make("img", { alt: "" });
    if (image.getAttribute("src") !== address) image.src = address;
    if (!image.isConnected) this.element.replaceChildren(image);
  }

  #figure() {
    const [glow, deep, dark] = LIGHTS[placeOf(this.slug, LIGHTS.length, 86)];
    const [behind, before, worn] = FIGURES[placeOf(this.slug, FIGURES.length, 1314)];
    const id = `encore-glow-${++drawn}`;
    const stops = [["0", glow], ["0.55", deep], ["1", dark]].map(([offset, color]) => draw("stop", { offset, "stop-color": color }));
    this.face = draw("g", { class: "face", fill: "none", stroke: dark, "stroke-width": 1.5, "stroke-linecap": "round" });
    this.ink = dark;
    this.#turnFace();
    return draw(
      "svg",
      { viewBox: "0 0 64 64" },
      draw("defs", {}, draw("radialGradient", { id, cx: "0.68", cy: "0.28", r: "0.85" }, ...stops)),
      draw("rect", { width: 64, height: 64, fill: `url(#${id})` }),
      draw("path", { d: behind, fill: dark }),
      draw("path", { d: "M28 42h8v9q-4 3.4-8 0z", fill: glow, opacity: 0.82 }),
      draw("path", { d: worn, fill: dark }),
      draw("path", { d: "M21 29q0-11.5 11-11.500t11 11.500q0 8.5-4.2 12.800Q35.3 45.5 32 45.500t-6.8-3.700Q21 37.5 21 29z", fill: glow }),
      draw("path", { d: before, fill: dark }),
      this.face,
    );
  }

  #turnFace() {
    const { brows, mouth, eyes, gaze = [0, 0], open } = LOOKS[this.look];
    const pair = [26.3, 37.7].map((x) => draw("ellipse", { cx: x + gaze[0], cy: 31.8 + gaze[1], rx: 1.45, ry: eyes, fill: this.ink, stroke: "none" }));
    this.face.replaceChildren(
      ...brows.map((d) => draw("path", { d })),
      ...pair,
      draw("path", { d: "M32 32.500q1.4 2.6-.600 4", "stroke-width": 1 }),
      draw("path", { d: mouth, class: "mouth", ...(open ? { fill: this.ink } : {}) }),
    );
  }
}

/** The look of a face: what the character does, else how they stand with the fan. */
export function lookOf(turn, relationship) {
  if (turn?.state === "speaking") return "speaking";
  if (turn && !turn.ended) return "thinking";
  if (!relationship) return "calm";
  if (relationship.warmth >= 45) return "warm";
  return relationship.trust <= 8 && relationship.familiarity >= 20 ? "guarded" : "calm";
}
