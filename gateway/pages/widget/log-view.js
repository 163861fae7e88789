// The log: of however many turns there are, a few dozen around what the fan looks at are on the page.
//
// It stays at the newest words while the fan is there, and stays where it is while they read above. Nothing that is on
// the page is drawn anew when more comes.

import { icon, make } from "./dom.js";
import { TurnView } from "./turn-view.js";

const STEP = 20; // turns that are added at an end
const MOST = 80; // turns on the page
const NEAR_PX = 600; // how near to an end more is fetched
const AT_END_PX = 90;

export class LogView {
  /** `older()` resolves with whether older turns have come; `act` as in TurnView. */
  constructor({ words, act, older }) {
    Object.assign(this, { words, act, older });
    this.views = new Map(); // Turn -> TurnView, of those on the page
    this.turns = [];
    this.from = this.to = 0; // what is on the page: turns[from] to turns[to - 1]
    this.opening = make("div", { className: "opening" });
    this.list = make("div", { className: "turns" });
    this.element = make("div", { className: "log", id: "log", part: "log", role: "log", "aria-live": "off", tabIndex: 0 }, this.opening, this.list);
    this.newest = make("button", { type: "button", className: "newest", hidden: true, "aria-label": words.t("newest"), onclick: () => this.toEnd() }, icon("down"));
    this.element.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.growing = new Set();
    this.frame = null;
    this.stuck = true; // at the newest words
    this.top = 0; // where the fan was at the last scroll
    this.watch = new ResizeObserver(() => this.stuck && this.#down());
    this.watch.observe(this.element);
    this.watch.observe(this.list);
  }

  close() {
    this.watch.disconnect();
    cancelAnimationFrame(this.frame);
  }

  /** Another conversation, or this one as a whole: what is on the page and still there is kept. */
  show(turns, people, { fresh = false } = {}) {
    this.turns = turns;
    this.people = people;
    if (fresh) this.views.clear();
    this.to = turns.length;
    this.from = Math.max(0, this.to - MOST / 2);
    this.#lay();
    for (const view of this.views.values()) view.end();
    if (fresh || this.stuck) this.toEnd();
  }

  /** A turn has come or changed; see Talk.apply. */
  change({ turn, what }) {
    const view = this.views.get(turn);
    if (!view || this.turns.indexOf(turn) < 0) {
      const wasLast = this.to >= this.turns.length - 1;
      if (wasLast || what === "new") this.#toLast();
      return;
    }
    if (what === "text") this.#growLater(view);
    else if (what === "state") view.state();
    else if (what === "done") view.end();
    else view.draw();
  }

  /** Words are put on the page once a frame, however many pieces came. */
  #growLater(view) {
    this.growing.add(view);
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      for (const one of this.growing) one.grow();
      this.growing.clear();
      if (this.stuck) this.#down();
    });
  }

  #toLast() {
    this.to = this.turns.length;
    this.from = Math.max(this.from, this.to - MOST, 0);
    this.#lay();
    if (this.stuck) this.#down();
  }

  toEnd() {
    this.stuck = true;
    this.to = this.turns.length;
    this.from = Math.max(0, this.to - MOST / 2);
    this.#lay();
    this.#down();
  }

  /** Show a turn from its beginning, whatever comes after it. */
  showTop(turn) {
    this.stuck = false;
    this.views.get(turn)?.bubble.scrollIntoView({ block: "start" });
  }

  viewOf(turn) {
    return this.views.get(turn);
  }

  #down() {
    this.element.scrollTop = this.element.scrollHeight;
    this.newest.hidden = true;
  }

  /** Put turns[from..to] on the page, touching only what is not there already. */
  #lay() {
    const wanted = this.turns.slice(this.from, this.to);
    const keep = new Set(wanted);
    for (const [turn, view] of this.views) {
      if (keep.has(turn)) continue;
      view.element.remove();
      this.views.delete(turn);
    }
    let place = this.list.firstChild;
    for (const turn of wanted) {
      let view = this.views.get(turn);
      if (!view) {
        view = new TurnView(turn, { words: this.words, people: this.people, act: this.act });
        this.views.set(turn, view);
      }
      if (view.element === place) place = place.nextSibling;
      else this.list.insertBefore(view.element, place);
    }
    while (place) {
      const next = place.nextSibling;
      place.remove();
      place = next;
    }
    this.opening.hidden = this.from > 0;
  }

  async #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.element;
    const below = scrollHeight - scrollTop - clientHeight;
    // Content that grows meanwhile looks like a fan who has scrolled away; only a fan scrolls upward.
    if (below < AT_END_PX) this.stuck = this.to === this.turns.length;
    else if (scrollTop < this.top) this.stuck = false;
    this.top = scrollTop;
    this.newest.hidden = this.stuck || below < clientHeight;
    if (scrollTop < NEAR_PX) await this.#upward();
    else if (below < NEAR_PX && this.to < this.turns.length) this.#move(this.from + STEP, this.to + STEP);
  }

  async #upward() {
    if (this.from === 0) {
      const turns = this.turns.length;
      if (this.busy) return;
      this.busy = true;
      const came = await this.older();
      this.busy = false;
      if (!came) return;
      const more = this.turns.length - turns;
      this.from += more;
      this.to += more;
    }
    this.#move(this.from - STEP, Math.min(this.to, this.from - STEP + MOST));
  }

  /** Other turns, with what the fan looks at where it was. */
  #move(from, to) {
    const anchor = this.#anchor();
    this.from = Math.max(0, from);
    this.to = Math.min(this.turns.length, to);
    if (this.to - this.from > MOST) this.from = this.to - MOST;
    const before = anchor?.getBoundingClientRect().top;
    this.#lay();
    if (anchor?.isConnected) this.element.scrollTop += anchor.getBoundingClientRect().top - before;
  }

  #anchor() {
    const top = this.element.getBoundingClientRect().top;
    return [...this.list.children].find((turn) => turn.getBoundingClientRect().bottom > top);
  }
}
