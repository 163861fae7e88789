// How the widget looks. A host app sets `--encore-…` properties and styles `::part(…)`; nothing else leaks in or out.
//
// Constructed style sheets: no style element and no inline style, so that a strict Content-Security-Policy may hold.

import { PARTS } from "./styles-parts.js";
import { SHEETS } from "./styles-sheets.js";

const LIGHT = `
  --_ground: var(--encore-ground, #fbf6ec); --_paper: var(--encore-paper, #fffdf8); --_ink: var(--encore-ink, #25211a);
  --_quiet: var(--encore-quiet, #635b4d); --_line: var(--encore-line, #ddd3c0); --_edge: var(--encore-edge, #857b68);
  --_accent: var(--encore-accent, #8f4606); --_on-accent: var(--encore-on-accent, #fffaf2);
  --_fan: var(--encore-fan, #e1e8fb); --_on-fan: var(--encore-on-fan, #1b2850); --_trouble: #9d1f1b;
  --_help: #e2f2ea; --_on-help: #0f3a2e; --_scrim: #1a140c99; --_dream: var(--encore-what-if, #6a3aa0); --_on-dream: #fffaff; --_glow: #f3d9ab66;
  color-scheme: light;`;

const DARK = `
  --_ground: var(--encore-ground, #12131a); --_paper: var(--encore-paper, #1c1e29); --_ink: var(--encore-ink, #f3ecdf);
  --_quiet: var(--encore-quiet, #b5ac9b); --_line: var(--encore-line, #343747); --_edge: var(--encore-edge, #7b7f93);
  --_accent: var(--encore-accent, #ffb65c); --_on-accent: var(--encore-on-accent, #211304);
  --_fan: var(--encore-fan, #2b3962); --_on-fan: var(--encore-on-fan, #eef2ff); --_trouble: #ffa59c;
  --_help: #10322b; --_on-help: #d8f3e8; --_scrim: #05060ab3; --_dream: var(--encore-what-if, #cfa8ff); --_on-dream: #1c0d2e; --_glow: #6a3f1455;
  color-scheme: dark;`;

const FRAME = `
:host {
  ${LIGHT}
  --_font: var(--encore-font, system-ui, -apple-system, "Segoe UI", Roboto, "PingFang SC", "Hiragino Sans", "Noto Sans", "Noto Sans CJK SC", "Noto Sans Thai", sans-serif);
  --_display: var(--encore-font-display, "Iowan Old Style", "Palatino Linotype", Palatino, "Book Antiqua", Georgia, "Songti SC", "Noto Serif CJK SC", "Noto Serif Thai", serif);
  --_radius: var(--encore-radius, 1.25rem);
  display: block; block-size: 100%; min-block-size: 0; container-type: inline-size; contain: layout;
  border-radius: var(--_radius) var(--_radius) 0 0; overflow: clip;
  font: 400 1rem/1.5 var(--_font); color: var(--_ink); text-align: start; -webkit-text-size-adjust: 100%;
}
:host([hidden]) { display: none; }
@media (prefers-color-scheme: dark) { :host(:not([theme="light"])) { ${DARK} } }
:host([theme="dark"]) { ${DARK} }

*, *::before, *::after { box-sizing: border-box; }
[hidden] { display: none !important; }
p, h2, h3, h4, ul, dl, dd, blockquote, fieldset, figure { margin: 0; padding: 0; border: 0; }
ul { list-style: none; }
button, input, textarea { font: inherit; color: inherit; letter-spacing: inherit; }
button { background: none; border: 0; padding: 0; cursor: pointer; touch-action: manipulation; -webkit-tap-highlight-color: transparent; }
button:disabled { cursor: default; }
a { color: var(--_accent); }
svg { display: block; }
:focus { outline: none; }
:focus-visible { outline: 3px solid var(--_accent); outline-offset: 2px; border-radius: .5rem; }
.visually-hidden { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.icon { inline-size: 1.35em; block-size: 1.35em; flex: none; }
.quiet { color: var(--_quiet); }
.trouble { color: var(--_trouble); font-size: .9rem; }
.trouble:empty { display: none; }

.stage {
  position: relative; block-size: 100%; display: grid; grid-template: auto minmax(0, 1fr) auto / minmax(0, 1fr);
  background: radial-gradient(120% 22rem at 12% 0, var(--_glow), transparent 70%) var(--_ground);
  overflow: clip; overflow-wrap: anywhere; line-break: strict; word-break: normal;
}
.stage:lang(ko) { word-break: keep-all; }
.stage:lang(ja) { word-break: auto-phrase; }
.stage[data-mode="what_if"] { --_accent: var(--_dream); --_on-accent: var(--_on-dream); }
.main { position: relative; min-block-size: 0; display: grid; grid-template: minmax(0, 1fr) / minmax(0, 1fr); }
`;

let made = null;

/** The style sheets, made once for all widgets of a page. */
export function sheets() {
  made ??= [FRAME, PARTS, SHEETS].map((text) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    return sheet;
  });
  return made;
}
