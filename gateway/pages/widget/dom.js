// Making elements, in one line each. Texts are always set as text, never as markup.

const SVG = "http://www.w3.org/2000/svg";

/** An element: properties by name, attributes for names with a dash and for `role`, `part`; then its children. */
export function make(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === null) continue;
    if (key.includes("-") || key === "role" || key === "part" || key === "for") element.setAttribute(key, value);
    else if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element[key] = value;
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** An SVG element: everything is an attribute. */
export function draw(name, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

const ICONS = {
  send: "M4 12 20 4l-5 16-3.5-6.5z",
  stop: "M7 7h10v10H7z",
  play: "M8 5v14l11-7z",
  sound: "M4 10v4h4l5 4V6L8 10zM16 8.5a5 5 0 0 1 0 7M18.5 6a8.5 8.5 0 0 1 0 12",
  mute: "M4 10v4h4l5 4V6L8 10zM17 9.5l5 5M22 9.5l-5 5",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  close: "M6 6l12 12M18 6 6 18",
  down: "M6 10l6 6 6-6",
  coin: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7.5l1.4 3 3.1.3-2.4 2.1.8 3.2-2.9-1.8-2.9 1.8.8-3.2-2.4-2.1 3.1-.3z",
  scene: "M4 6h16v12H4zM4 10h16M8 6v12",
  again: "M19 8a8 8 0 1 0 1 6M19 3v5h-5",
  flag: "M6 21V4h11l-2 4 2 4H6",
  heart: "M12 20s-7.5-4.6-7.5-10A4.2 4.2 0 0 1 12 7.4 4.2 4.2 0 0 1 19.5 10c0 5.4-7.5 10-7.5 10z",
  pair: "M9 11a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7zM2.500 20q.5-6 6.500-6t6.500 6M16 4.300a3.500 3.500 0 0 1 0 6.400M18 14.300q3 1.200 3.500 5.700",
  edit: "M4 20h4L19 9l-4-4L4 16zM13 7l4 4",
  bin: "M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13",
};
const FILLED = new Set(["send", "stop", "play"]);

/** A picture for a button; what it does is said by the button's own name. */
export function icon(name) {
  const paint = FILLED.has(name)
    ? { fill: "currentColor" }
    : { fill: "none", stroke: "currentColor", "stroke-width": name === "more" ? 3 : 1.8, "stroke-linecap": "round", "stroke-linejoin": "round" };
  return draw("svg", { viewBox: "0 0 24 24", class: `icon icon-${name}`, "aria-hidden": "true" }, draw("path", { d: ICONS[name], ...paint }));
}
