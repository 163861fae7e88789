// How the sheets look that rise over the talk, and what moves.

export const SHEETS = `
.scrim { position: absolute; inset: 0; z-index: 2; background: var(--_scrim); animation: appear .2s; }
.sheet { position: absolute; inset: auto 0 0; z-index: 3; max-block-size: 88%; display: grid; grid-template-rows: auto minmax(0, 1fr); background: var(--_paper); border-radius: 1.25rem 1.25rem 0 0; box-shadow: 0 -10px 40px #0006; animation: rise .28s cubic-bezier(.2, .8, .25, 1); }
.sheet-head { display: flex; align-items: center; gap: .5rem; padding: .65rem .6rem .25rem 1.25rem; }
.sheet-head h2 { flex: 1; min-inline-size: 0; font: 600 1.25rem/1.3 var(--_display); }
.sheet-head h2:focus-visible { outline-offset: 4px; }
.sheet-body { overflow-y: auto; overscroll-behavior: contain; padding: .25rem 1.25rem max(1.25rem, env(safe-area-inset-bottom)); }
.sheet-content { display: grid; gap: .85rem; }
.wait { block-size: 3rem; }
.lead { font-size: 1.1rem; font-weight: 600; }
.wide { background: var(--_accent); color: var(--_on-accent); font-weight: 650; padding: .65rem 1.25rem; border-radius: 2rem; min-block-size: 2.75rem; }
.plain { display: inline-flex; align-items: center; justify-content: center; gap: .35rem; color: var(--_accent); font-weight: 600; padding: .4rem .6rem; min-block-size: 2.5rem; min-inline-size: 2.5rem; border-radius: .75rem; text-decoration: underline; text-underline-offset: .2em; }
.plain:hover { background: color-mix(in srgb, var(--_accent) 10%, transparent); }
.danger { color: var(--_trouble); }
.buttons { display: flex; flex-wrap: wrap; gap: .35rem; align-items: center; }
.sheet textarea, .sheet input[type="number"] { inline-size: 100%; padding: .6rem .85rem; border: 1px solid var(--_edge); border-radius: .85rem; background: var(--_ground); font-size: max(1rem, 16px); }

.packs { display: grid; gap: .6rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 15rem), 1fr)); }
.pack { inline-size: 100%; display: grid; grid-template-columns: 1fr auto; align-items: baseline; gap: .1rem .75rem; text-align: start; padding: .85rem 1.1rem; border: 1px solid var(--_edge); border-radius: 1rem; background: var(--_ground); }
.pack:hover { border-color: var(--_accent); }
.packs li:first-child .pack { border: 2px solid var(--_accent); }
.pack strong { font-size: 1.05rem; }
.pack .money { font-weight: 650; color: var(--_accent); font-variant-numeric: tabular-nums; }
.pack .quiet { grid-column: 1 / -1; font-size: .8125rem; }

.receipt > div { display: flex; flex-wrap: wrap; justify-content: space-between; gap: .15rem 1rem; padding-block: .55rem; border-block-end: 1px solid var(--_line); }
.receipt dt { color: var(--_quiet); }
.receipt dd { font-weight: 600; text-align: end; margin-inline-start: auto; }

.entries { display: grid; margin-inline: -.5rem; }
.entry { inline-size: 100%; display: flex; align-items: center; gap: .75rem; text-align: start; padding: .75rem .5rem; min-block-size: 3rem; border-radius: .75rem; }
.entries li + li { border-block-start: 1px solid var(--_line); }
.entry:hover, .person:hover { background: color-mix(in srgb, var(--_ink) 6%, transparent); }
.cast { display: grid; gap: .35rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 18rem), 1fr)); margin-inline: -.5rem; }
.person { inline-size: 100%; block-size: 100%; display: flex; align-items: center; gap: .85rem; text-align: start; padding: .5rem; border-radius: 1rem; line-height: 1.35; }
.person strong { font: 600 1.1rem/1.3 var(--_display); }
.person .quiet { font-size: .875rem; }
.person[aria-current] { background: color-mix(in srgb, var(--_accent) 14%, transparent); }
.person:not([aria-current]) .portrait { box-shadow: none; }

.source { display: grid; gap: .35rem; padding-block: .75rem; border-block-start: 1px solid var(--_line); justify-items: start; }
.source h3 { font-size: 1rem; }
.source blockquote { white-space: pre-line; font: 400 1rem/1.5 var(--_display); padding-inline-start: .85rem; border-inline-start: 2px solid var(--_accent); }
.note { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: .25rem .75rem; padding-block: .5rem; border-block-start: 1px solid var(--_line); }
.note p { flex: 1 1 12rem; min-inline-size: 0; }
.horizon, .budget, .report, .report fieldset { display: grid; gap: .75rem; }
.horizon label { font-weight: 600; }
.horizon input { inline-size: 100%; accent-color: var(--_accent); min-block-size: 2rem; }
.episode-number { font: 600 1.6rem/1 var(--_display); color: var(--_accent); }
.budget label { font-weight: 600; }
.choice { display: flex; align-items: center; gap: .75rem; padding: .6rem .25rem; min-block-size: 2.75rem; cursor: pointer; }
.choice input { inline-size: 1.25rem; block-size: 1.25rem; margin: 0; accent-color: var(--_accent); flex: none; }

@container (min-width: 44rem) { .sheet { inset-inline: calc(50% - 18rem); inset-block-end: 1rem; border-radius: 1.25rem; } }
@keyframes rise { from { transform: translateY(2.5rem); opacity: 0; } }
@keyframes appear { from { opacity: 0; } }
@media (prefers-reduced-motion: reduce) {
  *, *::before, *::after { animation: none !important; transition: none !important; scroll-behavior: auto !important; }
  .dots i { opacity: .8; }
}
@media (forced-colors: active) { .send, .get, .wide, .pack, .status { border: 1px solid ButtonText; } .caption mark { background: Highlight; color: HighlightText; } }
`;
