// The head of the widget: whose chat it is, how they are, that they are an AI, and how far the fan has watched.
//
// While a reply is heard, the words that are heard stand here in large letters, one after another.

import { icon, make } from "./dom.js";
import { Portrait, lookOf } from "./portrait.js";

const WORDS_SHOWN = 7; // around the word that is heard

export class Header {
  /** `act(what)`: cast, menu, leave, horizon. */
  constructor({ words, act, portrait, closable }) {
    this.words = words;
    const { t } = words;
    this.faces = [new Portrait(portrait), new Portrait(portrait)];
    this.portraits = make("span", { className: "faces" }, this.faces[0].element);
    this.name = make("strong", { className: "name", id: "who", dir: "auto" });
    this.doing = make("span", { className: "doing", dir: "auto" });
    this.ai = make("span", { className: "ai", title: t("ai_long") }, t("ai"));
    this.who = make("button", { type: "button", className: "who", onclick: () => act("cast") }, this.portraits, make("span", { className: "who-text" }, make("span", { className: "who-line" }, this.name, this.ai), this.doing), hidden(`. ${t("ai_long")}. ${t("cast_switch")}`));
    this.horizon = make("button", { type: "button", className: "chip", id: "horizon-chip", onclick: () => act("horizon") });
    this.menu = make("button", { type: "button", className: "icon-button", id: "menu", "aria-label": t("menu"), onclick: () => act("menu") }, icon("more"));
    const leave = make("button", { type: "button", className: "icon-button", id: "leave", "aria-label": t("leave"), onclick: () => act("leave") }, icon("close"));
    this.caption = make("p", { className: "caption", part: "caption", "aria-hidden": "true", hidden: true, dir: "auto" });
    this.whatIf = make("p", { className: "what-if", hidden: true }, make("strong", {}, t("what_if")), " ", t("what_if_note"));
    this.element = make("header", { className: "header", part: "header" }, make("div", { className: "bar" }, this.who, this.horizon, this.menu, closable ? leave : null), this.caption, this.whatIf);
  }

  /** `people`: who is there; `opened`: the last conversation.opened. */
  show(people, opened, mode) {
    const { t } = this.words;
    this.people = people;
    this.portraits.replaceChildren(...people.those.map((_, place) => this.faces[place].element));
    this.name.textContent = people.name;
    this.horizon.replaceChildren(t("episode_short", { episode: opened.horizon }), hidden(` · ${t("watched", { episode: opened.horizon })}`));
    this.whatIf.hidden = mode !== "what_if";
  }

  /** What they do now, and how each stands with the fan: `relationships` by slug. */
  mood(turn, relationships, heard) {
    const { people } = this;
    if (!people) return;
    const { t } = this.words;
    people.those.forEach(({ slug }, place) => {
      const does = !people.isScene || turn?.speaker === slug ? turn : null;
      const look = heard ? "speaking" : turn?.aside === "crisis" ? "calm" : lookOf(does, relationships.get(slug));
      this.faces[place].show(slug, look);
    });
    const key = !turn || turn.ended ? null : turn.state === "recalling" ? "recalling" : turn.state === "speaking" ? "speaking" : "thinking";
    const tagline = people.isScene ? t("scene") : (people.find(people.first.slug).tagline ?? "");
    this.doing.textContent = heard ? t("synthetic") : key ? people.does(key, turn.speaker) : tagline;
  }

  /** What is heard before a reply, as a whole. */
  preface(text) {
    this.caption.hidden = !text;
    this.caption.replaceChildren(make("small", {}, text));
  }

  /** The words around the one that is heard; null ends it. `text`: the whole reply. */
  captions(text, marks, word) {
    this.caption.hidden = !word;
    if (!word) return this.caption.replaceChildren();
    const points = [...text];
    const place = marks.indexOf(word);
    const first = place - (place % WORDS_SHOWN);
    const shown = marks.slice(first, first + WORDS_SHOWN);
    const parts = [];
    let at = shown[0].from;
    for (const mark of shown) {
      if (mark.from > at) parts.push(points.slice(at, mark.from).join(""));
      const part = points.slice(mark.from, mark.to).join("");
      parts.push(mark === word ? make("mark", {}, part) : part);
      at = mark.to;
    }
    this.caption.replaceChildren(...parts);
  }
}

/** Words for those who hear the page; they come after the ones that are seen. */
function hidden(text) {
  return make("span", { className: "visually-hidden" }, text);
}
