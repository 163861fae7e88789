// The one place for everything beside the talk: a sheet that rises over it, holds the focus while it is there, and gives
// it back to where it was.

import { icon, make } from "./dom.js";

const SENTENCES = new Map(
  ["nobody_met", "too_young", "budget_reached", "rate_limited", "turn_in_progress", "unknown_character", "no_price"].map((code) => [code, code]),
);
for (const code of ["unavailable", "not_licensed", "failed", "timeout"]) SENTENCES.set(`voice_${code}`, "voice_lost");

export class Sheets {
  /** `behind`: the elements that are out of reach while a sheet is open. */
  constructor(words, behind) {
    this.t = words.t;
    this.behind = behind;
    this.scrim = make("div", { className: "scrim", hidden: true, onclick: () => this.close() });
    this.title = make("h2", { id: "sheet-title", tabIndex: -1 });
    this.body = make("div", { className: "sheet-body" });
    const shut = make("button", { type: "button", className: "icon-button", "aria-label": this.t("close"), onclick: () => this.close() }, icon("close"));
    this.element = make(
      "section",
      { className: "sheet", part: "sheet", role: "dialog", "aria-labelledby": "sheet-title", hidden: true },
      make("div", { className: "sheet-head" }, this.title, shut),
      this.body,
    );
    this.element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.close();
    });
    this.opener = null;
    this.shown = 0;
  }

  get open() {
    return !this.element.hidden;
  }

  /** Show a sheet, in place of the one that is open. `fill(body)` may be slow: the sheet is there at once. */
  async show(title, fill) {
    const shown = ++this.shown;
    if (!this.open) this.opener = this.element.getRootNode().activeElement;
    this.title.textContent = title;
    this.body.replaceChildren(make("p", { className: "wait", "aria-hidden": "true" }));
    this.element.hidden = this.scrim.hidden = false;
    for (const element of this.behind) element.inert = true;
    this.title.focus({ preventScroll: true });
    const fresh = make("div", { className: "sheet-content" });
    try {
      await fill(fresh);
    } catch (error) {
      fresh.replaceChildren(make("p", { className: "trouble", role: "alert" }, this.sentenceOf(error)));
    }
    if (shown === this.shown && this.open) this.body.replaceChildren(fresh);
  }

  /** What a fan is told of an error: in their language where we have words for it, else as the server says it. */
  sentenceOf(error) {
    if (SENTENCES.has(error?.code)) return this.t(SENTENCES.get(error.code));
    if (error instanceof Error) reportError(error); // one of our own making: its words are for the console
    return (error?.code && error.message) || this.t("unknown");
  }

  close() {
    if (!this.open) return;
    this.shown += 1;
    this.element.hidden = this.scrim.hidden = true;
    for (const element of this.behind) element.inert = false;
    this.body.replaceChildren();
    this.opener?.isConnected && this.opener.focus({ preventScroll: true });
    this.opener = null;
  }
}
