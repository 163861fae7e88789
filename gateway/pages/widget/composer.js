// Where the fan writes: the words, what they will cost, whether the reply is heard, and how to stop it.
//
// A draft is kept in the tab (sessionStorage), so that a reload or the way to the shop and back loses nothing; it is
// never sent anywhere before the fan sends it.

import { icon, make } from "./dom.js";

const DRAFT = "encore-draft:";
const ALOUD = "encore-aloud";
const TEXT_MAX = 2000;

export class Composer {
  /** `act(what)`: send, stop, typing, aloud, shop, receipt. */
  constructor({ words, act }) {
    Object.assign(this, { words, act });
    const { t } = words;
    this.field = make("textarea", { id: "words", rows: 1, maxLength: TEXT_MAX, dir: "auto", part: "input", enterKeyHint: "send", autocomplete: "off", "aria-describedby": "price trouble" });
    this.send = make("button", { id: "send", type: "submit", className: "round send", part: "send", disabled: true, "aria-label": t("send") }, icon("send"));
    this.stop = make("button", { id: "stop", type: "button", className: "round stop", hidden: true, "aria-label": t("stop"), onclick: () => act("stop") }, icon("stop"));
    this.aloud = make("button", { id: "aloud", type: "button", className: "round quiet", hidden: true, "aria-pressed": "false", "aria-label": t("aloud_off"), onclick: () => act("aloud") }, icon("mute"));
    this.price = make("span", { id: "price", className: "price" });
    this.left = make("button", { id: "balance", type: "button", className: "left", onclick: () => act("shop") });
    this.trouble = make("p", { id: "trouble", className: "trouble", role: "alert" });
    this.low = make("div", { className: "low", part: "banner", hidden: true });
    this.element = make(
      "form",
      { className: "composer", part: "composer", onsubmit: (event) => this.#submit(event) },
      this.low,
      this.trouble,
      make("div", { className: "line" }, this.aloud, make("label", { for: "words", className: "visually-hidden" }, t("message")), this.field, this.send, this.stop),
      make("div", { className: "cost" }, this.price, this.left),
    );
    this.field.addEventListener("input", () => this.#typed());
    this.field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
      this.#submit(event);
    });
    this.ready = false;
    this.busy = false;
    this.draftKey = null;
  }

  static prefersAloud() {
    return localStorage.getItem(ALOUD) === "1";
  }

  /** Another conversation: its own draft. */
  show(conversation, name) {
    const key = DRAFT + conversation;
    this.field.placeholder = this.words.t("say_to", { name });
    if (key === this.draftKey) return;
    const early = this.draftKey === null && this.field.value; // typed before the conversation was there
    this.draftKey = key;
    this.put(early || (sessionStorage.getItem(key) ?? ""));
  }

  /** Put words into the field, as when a message was refused. */
  put(text) {
    this.field.value = text;
    this.#typed(false);
  }

  clear() {
    this.put("");
  }

  get text() {
    return this.field.value.trim();
  }

  state({ ready, busy }) {
    Object.assign(this, { ready, busy });
    this.send.hidden = busy;
    this.stop.hidden = !busy;
    this.#able();
  }

  /** What a message costs, in credits and money, and what is left. */
  cost({ price, wallet, aloud, speaks, both }) {
    const { t } = this.words;
    const n = price.text + (aloud && speaks ? price.voice : 0);
    const money = this.words.hint(aloud || !price.voice ? price.currency_hint : (price.text_hint ?? null));
    const credits = n === 0 ? t("free") : t(both ? "price_scene" : aloud && speaks ? "price_voice" : "price", { n });
    this.price.textContent = money && n ? t("price_money", { price: credits, money }) : credits;
    this.left.textContent = wallet ? t("left", { n: wallet.available }) : "";
    this.aloud.hidden = !speaks;
    this.aloud.setAttribute("aria-pressed", String(aloud));
    this.aloud.setAttribute("aria-label", t(aloud ? "aloud_on" : "aloud_off"));
    this.aloud.replaceChildren(icon(aloud ? "sound" : "mute"));
  }

  /** A sentence about credits that run out, with the way to more; "" takes it away. */
  tellLow(sentence, { urgent = false } = {}) {
    this.low.hidden = !sentence;
    this.low.dataset.urgent = String(urgent);
    if (!sentence) return this.low.replaceChildren();
    this.low.replaceChildren(
      make("p", { role: "status" }, sentence),
      make("button", { type: "button", className: "get", onclick: () => this.act("shop") }, this.words.t("get_credits")),
    );
  }

  tellTrouble(sentence) {
    this.trouble.textContent = sentence;
  }

  #typed(byHand = true) {
    const { field } = this;
    if (this.draftKey) {
      if (field.value) sessionStorage.setItem(this.draftKey, field.value);
      else sessionStorage.removeItem(this.draftKey);
    }
    field.style.blockSize = "auto";
    field.style.blockSize = `${field.scrollHeight + 2}px`;
    this.#able();
    if (byHand && field.value) this.act("typing");
  }

  #able() {
    this.send.disabled = !this.ready || this.busy || !this.text;
  }

  #submit(event) {
    event.preventDefault();
    if (!this.send.disabled) this.act("send");
  }
}

/** Remember whether this fan likes to listen. */
export function rememberAloud(aloud) {
  localStorage.setItem(ALOUD, aloud ? "1" : "0");
}
