// How the head, the log and the composer look.

export const PARTS = `
.header { padding: max(.6rem, env(safe-area-inset-top)) max(.75rem, env(safe-area-inset-right)) .35rem max(.75rem, env(safe-area-inset-left)); position: relative; }
.header::after { content: ""; position: absolute; inset: auto 0 0; block-size: 1px; background: linear-gradient(90deg, transparent, var(--_line) 12% 88%, transparent); }
.bar { display: flex; align-items: center; gap: .25rem; min-inline-size: 0; }
.who { display: flex; align-items: center; gap: .7rem; flex: 1; min-inline-size: 0; text-align: start; min-block-size: 3.25rem; }
.who-text { display: grid; min-inline-size: 0; }
.who-line { display: flex; align-items: baseline; gap: .45rem; min-inline-size: 0; }
.name { font: 600 1.2rem/1.25 var(--_display); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.ai { font: 700 .6875rem/1 var(--_font); letter-spacing: .06em; padding: .2em .4em; border-radius: .35em; border: 1px solid var(--_edge); color: var(--_ink); flex: none; }
.doing { font-size: .8125rem; line-height: 1.3; color: var(--_quiet); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.portrait { flex: none; inline-size: 3.25rem; block-size: 3.25rem; border-radius: 50%; overflow: hidden; box-shadow: 0 0 0 2px var(--_ground), 0 0 0 3.5px var(--_accent); background: var(--_paper); }
.portrait svg, .portrait img { inline-size: 100%; block-size: 100%; object-fit: cover; }
.chip { font-size: .8125rem; line-height: 1.2; color: var(--_quiet); padding: .4rem .7rem; border: 1px solid var(--_line); border-radius: 2rem; min-block-size: 2rem; max-inline-size: 9.5rem; flex: none; }
.icon-button { display: grid; place-items: center; inline-size: 2.75rem; block-size: 2.75rem; border-radius: 50%; flex: none; }
.icon-button:hover, .chip:hover { background: color-mix(in srgb, var(--_ink) 8%, transparent); }
.caption { font: 500 1.35rem/1.35 var(--_display); text-align: center; text-wrap: balance; padding: .5rem .5rem .35rem; min-block-size: 2.9rem; }
.caption small { font: 400 .9375rem/1.4 var(--_font); color: var(--_quiet); }
.caption mark { background: var(--_accent); color: var(--_on-accent); border-radius: .2em; padding-inline: .12em; }
.what-if { font-size: .8125rem; text-align: center; padding: .25rem .5rem .1rem; color: var(--_accent); }

.log { overflow-y: auto; overscroll-behavior: contain; overflow-anchor: none; padding: 1rem max(1rem, env(safe-area-inset-right)) .5rem max(1rem, env(safe-area-inset-left)); scrollbar-width: thin; scrollbar-color: var(--_line) transparent; }
.log:focus-visible { outline-offset: -3px; }
.opening, .turns, .turn { display: flex; flex-direction: column; gap: .85rem; }
.opening { margin-block-end: .85rem; }
.turns { justify-content: flex-end; }
.system { align-self: center; max-inline-size: 34rem; font-size: .8125rem; line-height: 1.45; color: var(--_quiet); text-align: center; text-wrap: pretty; padding-inline: .5rem; }
.fan { align-self: flex-end; max-inline-size: min(82%, 34rem); background: var(--_fan); color: var(--_on-fan); padding: .55rem .9rem; border-radius: 1.15rem; border-end-end-radius: .3rem; }
.fan p, .words { white-space: pre-wrap; }
.fan[data-state="sending"] { opacity: .72; }
.character { align-self: flex-start; max-inline-size: min(94%, 38rem); padding-inline-start: .9rem; border-inline-start: 2px solid color-mix(in srgb, var(--_accent) 55%, transparent); }
.character .words { font: 400 1.1rem/1.55 var(--_display); }
.character em { color: var(--_quiet); font-style: italic; }
.stage:is(:lang(zh), :lang(ja), :lang(ko), :lang(th)) em { font-style: normal; }
.character[data-state="speaking"] { border-color: var(--_accent); }
.character:has(> .line-of) { padding-inline-start: 0; border: 0; display: grid; gap: .7rem; align-self: stretch; }
.line-of { display: flex; gap: .65rem; align-items: flex-start; min-inline-size: 0; }
.line-of .portrait { inline-size: 2.25rem; block-size: 2.25rem; margin-block-start: .15rem; box-shadow: none; }
.line-text { min-inline-size: 0; padding-inline-start: .75rem; border-inline-start: 2px solid color-mix(in srgb, var(--_accent) 55%, transparent); }
.speaker { font-size: .8125rem; font-weight: 650; line-height: 1.3; color: var(--_quiet); }
.line-of ~ .foot { margin-block-start: -.45rem; margin-inline-start: 2.9rem; }
.faces { display: flex; flex: none; }
.stage[data-mode="scene"] .who .portrait { inline-size: 2.5rem; block-size: 2.5rem; }
.faces .portrait + .portrait { margin-inline-start: -.55rem; }
.stage[data-mode="scene"] .name { font-size: 1rem; line-height: 1.2; white-space: normal; }
.foot { display: flex; flex-wrap: wrap; align-items: center; gap: .1rem .35rem; color: var(--_quiet); font-size: .8125rem; margin-block-start: .15rem; margin-inline-start: -.4rem; }
.foot:empty { display: none; }
.about { display: inline-flex; align-items: center; gap: .3rem; min-block-size: 1.9rem; min-inline-size: 1.9rem; padding: .1rem .4rem; border-radius: .6rem; color: var(--_quiet); line-height: 1.3; }
.about:hover { color: var(--_ink); background: color-mix(in srgb, var(--_ink) 8%, transparent); }
.about .icon { inline-size: 1.05rem; block-size: 1.05rem; }
.about-more .icon, .about-listen .icon { margin-inline: auto; }
.ending { padding-inline: .4rem; color: var(--_ink); }
.dots { display: inline-flex; gap: .3rem; padding-block: .6rem; }
.dots i { inline-size: .45rem; block-size: .45rem; border-radius: 50%; background: var(--_accent); animation: wait 1.2s infinite ease-in-out; }
.dots i:nth-child(2) { animation-delay: .15s; }
.dots i:nth-child(3) { animation-delay: .3s; }
@keyframes wait { 0%, 70%, 100% { opacity: .3; transform: none; } 35% { opacity: 1; transform: translateY(-.2rem); } }
::highlight(encore-word) { background-color: var(--_accent); color: var(--_on-accent); }

.help { background: var(--_help); color: var(--_on-help); border-radius: 1.1rem; padding: 1.1rem; display: grid; gap: .65rem; }
.help h2 { font: 600 1.2rem/1.3 var(--_display); }
.help h3 { font-size: 1rem; }
.help .foot, .help .about, .help .plain { color: inherit; }
.help .plain { justify-self: start; padding-inline: 0; }
.help-mark .icon { inline-size: 1.75rem; block-size: 1.75rem; }
.help li { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: center; gap: .25rem .75rem; padding-block: .45rem; border-block-start: 1px solid color-mix(in srgb, currentColor 28%, transparent); }
.help a { color: inherit; font-weight: 700; padding: .45rem .9rem; border: 2px solid currentColor; border-radius: 2rem; text-decoration: none; }
.stage[data-crisis="true"] .who .portrait { box-shadow: none; filter: saturate(.25); }
.stage[data-crisis="true"] { --_glow: transparent; }

.newest { position: absolute; inset-block-end: .6rem; inset-inline-end: 1rem; inline-size: 2.75rem; block-size: 2.75rem; border-radius: 50%; display: grid; place-items: center; background: var(--_paper); border: 1px solid var(--_edge); box-shadow: 0 4px 16px #0004; }
.status { position: absolute; inset: .5rem 1rem auto; margin-inline: auto; inline-size: fit-content; max-inline-size: calc(100% - 2rem); font-size: .875rem; text-align: center; padding: .45rem 1rem; border-radius: 1.2rem; background: var(--_paper); border: 1px solid var(--_edge); box-shadow: 0 4px 16px #0003; }
.status:empty { display: none; }

.composer { padding: .5rem max(.75rem, env(safe-area-inset-right)) max(.6rem, env(safe-area-inset-bottom)) max(.75rem, env(safe-area-inset-left)); display: grid; grid-template-columns: minmax(0, 1fr); gap: .4rem; }
.line { display: flex; align-items: flex-end; gap: .4rem; }
.composer textarea { flex: 1; min-inline-size: 0; min-block-size: 2.9rem; max-block-size: 9rem; resize: none; padding: .65rem 1rem; border: 1px solid var(--_edge); border-radius: 1.45rem; background: var(--_paper); line-height: 1.4; font-size: max(1rem, 16px); }
.composer textarea::placeholder { color: var(--_quiet); opacity: 1; }
.composer textarea:focus-visible { outline-offset: 0; border-radius: 1.45rem; }
.round { inline-size: 2.9rem; block-size: 2.9rem; border-radius: 50%; display: grid; place-items: center; flex: none; }
.round:focus-visible { border-radius: 50%; }
.send { background: var(--_accent); color: var(--_on-accent); transition: transform .15s, opacity .15s; }
.send:disabled { background: color-mix(in srgb, var(--_ink) 12%, var(--_ground)); color: var(--_quiet); }
.send:not(:disabled):active { transform: scale(.94); }
.send .icon-send { transform: translateX(-1px); }
[dir="rtl"] .icon-send, [dir="rtl"] .icon-play { transform: scaleX(-1); }
.stop { border: 2px solid var(--_accent); color: var(--_accent); }
.round.quiet { color: var(--_quiet); border: 1px solid var(--_line); }
.round.quiet[aria-pressed="true"] { color: var(--_accent); border-color: var(--_accent); }
.cost { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: center; gap: 0 1rem; font-size: .8125rem; color: var(--_quiet); padding-inline: .5rem; }
.left { min-block-size: 1.75rem; color: var(--_ink); font-weight: 600; font-variant-numeric: tabular-nums; text-decoration: underline; text-decoration-color: var(--_accent); text-decoration-thickness: 2px; text-underline-offset: .22em; }
.low { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: .35rem .75rem; padding: .5rem .6rem .5rem 1rem; font-size: .875rem; border-radius: 1rem; background: color-mix(in srgb, var(--_accent) 12%, var(--_ground)); }
.low[data-urgent="true"] { box-shadow: inset 0 0 0 1.5px var(--_accent); }
.get { background: var(--_accent); color: var(--_on-accent); font-weight: 650; padding: .4rem 1rem; border-radius: 2rem; min-block-size: 2.25rem; }

@container (max-width: 19rem) {
  .bar { flex-wrap: wrap; } .who { flex-basis: 100%; } .chip { margin-inline-end: auto; max-inline-size: 50%; }
  .portrait { inline-size: 2.6rem; block-size: 2.6rem; }
  .composer .line { gap: .25rem; } .composer textarea { padding-inline: .75rem; } .round { inline-size: 2.5rem; block-size: 2.5rem; }
}
/* Very large text on a very small screen: fewer ornaments, and the words in a row of their own. */
@container (max-width: 13rem) {
  .header, .composer { padding-inline: .4rem; } .who .portrait, .doing { display: none; } .who { min-block-size: 2rem; }
  .icon-button { inline-size: 2rem; block-size: 2rem; } .chip { padding-block: .2rem; }
  .log { padding: .5rem; } .stage { grid-template-rows: auto minmax(9rem, 1fr) auto; overflow-y: auto; }
  .composer .line { flex-wrap: wrap; justify-content: space-between; } .composer textarea { flex-basis: 100%; order: -1; }
  .cost { padding: 0; } .sheet-body { padding-inline: .6rem; } .sheet-head { padding-inline-start: .6rem; }
}
@container (min-width: 44rem) { .log { padding-inline: max(1.5rem, calc(50% - 21rem)); } .composer, .header { padding-inline: max(1.25rem, calc(50% - 21rem)); } }
`;
