// `<encore-chat>`: what a host app's page sees. Attributes and properties in, `encore:` events out, a shadow root between.
//
// A change of what it shows begins it anew. It makes no inline style and no inline script, so that a strict
// Content-Security-Policy may hold for the page.

import { Bridge } from "./bridge.js";
import { sheets as styles } from "./styles.js";
import { View } from "./view.js";
import { spokenTag, wordingOf } from "./wording.js";

const BASE = new URL("../../", import.meta.url).href.replace(/\/$/, "");
const RENEW_BEFORE_MS = 60_000;
const BEGINS_ANEW = ["show", "token-url", "gateway", "locale", "mode", "portrait", "host-origin", "closable"];

export class EncoreChat extends HTMLElement {
  static observedAttributes = [...BEGINS_ANEW, "character", "with"];
  #root = this.attachShadow({ mode: "open" });
  #view = null;
  #bridge = null;
  #begun = 0;
  #turning = 0;
  #token = null; // what the host gave: a function, or nothing
  #held = null; // the token in use, {token, claims, renewAt}
  #renewing = null;

  constructor() {
    super();
    this.#root.adoptedStyleSheets = styles();
  }

  connectedCallback() {
    if (Object.hasOwn(this, "token")) {
      const { token } = this; // set before the element was known
      delete this.token;
      this.token = token;
    }
    this.#begin();
  }

  disconnectedCallback() {
    this.#end();
  }

  attributeChangedCallback(name, before, after) {
    if (!this.isConnected || before === after) return;
    if (name === "character" || name === "with") this.#turnTo();
    else this.#begin();
  }

  /** A function that resolves with the fan's token: `(anew) => Promise<string>`; `anew`: the last one was refused. */
  get token() {
    return this.#token;
  }

  set token(source) {
    this.#token = source;
    this.#held = null;
    if (this.isConnected) this.#begin();
  }

  /** Talk to this character (a slug, a name or an alias); with a `partner`, to both at once. */
  open(character, partner = null) {
    return this.#view?.chat.open(character, { partner });
  }

  /** Whom the attributes name now; both that change at once are one change. */
  async #turnTo() {
    const turning = ++this.#turning;
    await null;
    const asked = this.#view?.chat.character; // nobody before the cast is known, and then the attributes are read
    if (turning === this.#turning && asked) this.open(this.getAttribute("character") ?? asked, this.getAttribute("with"));
  }

  /** Begin anew with a new token: after another episode was watched, or another fan has signed in. */
  refresh() {
    this.#held = null;
    this.#begin();
  }

  /** Look into an order that was paid in a page the host opened itself. */
  sync(order) {
    return this.#view?.sync(order);
  }

  /** The text a fan is about to send; for a host that suggests a first line. */
  suggest(text) {
    this.#view?.composer.put(text);
  }

  async #begin() {
    const begun = ++this.#begun;
    await null; // several attributes that change at once are one change
    if (begun !== this.#begun || !this.isConnected) return;
    if (!this.getAttribute("show") || !(this.#token || this.getAttribute("token-url"))) return;
    const tag = this.getAttribute("locale") || document.documentElement.lang || navigator.language || "en";
    const words = await wordingOf(tag);
    if (begun !== this.#begun || !this.isConnected) return;
    this.#end();
    this.#bridge = new Bridge(this, this.getAttribute("host-origin"), {
      open: ({ character, with: partner }) => this.open(character, partner),
      refresh: () => this.refresh(),
      sync: ({ order }) => this.sync(order),
      suggest: ({ text }) => this.suggest(String(text)),
    });
    this.#view = new View({ settings: this.#settings(tag), words, bridge: this.#bridge });
    this.#root.replaceChildren(this.#view.element);
    await this.#view.begin();
  }

  #end() {
    this.#view?.close();
    this.#bridge?.close();
    this.#view = this.#bridge = null;
    this.#root.replaceChildren();
  }

  #settings(tag) {
    return {
      base: (this.getAttribute("gateway") ?? BASE).replace(/\/$/, ""),
      token: (anew) => this.#fresh(anew),
      show: this.getAttribute("show"),
      whom: () => ({ character: this.getAttribute("character"), partner: this.getAttribute("with") }),
      locale: spokenTag(tag),
      mode: this.getAttribute("mode") === "what_if" ? "what_if" : "canon",
      portrait: this.getAttribute("portrait"),
      episodeUrl: this.getAttribute("episode-url"),
      returnUrl: this.getAttribute("return-url"),
      closable: this.hasAttribute("closable"),
      watched: (show) => this.#held?.claims.shows?.[show],
      restart: () => this.refresh(),
    };
  }

  /** The token in use; a new one shortly before it ends, or when it was refused. One renewal serves all who wait. */
  async #fresh(anew) {
    if (this.#held && !anew && Date.now() < this.#held.renewAt) return this.#held.token;
    this.#renewing ??= this.#ask(anew).finally(() => (this.#renewing = null));
    return this.#renewing;
  }

  async #ask(anew) {
    const token = this.#token ? await this.#token(anew) : await this.#fetchToken();
    const claims = claimsOf(token);
    // A duration, for this clock and the host's may differ; a token that was old already is refused, and then renewed.
    const lifetimeMs = (claims.exp - claims.iat) * 1000;
    this.#held = { token, claims, renewAt: lifetimeMs > 0 ? Date.now() + lifetimeMs - Math.min(RENEW_BEFORE_MS, lifetimeMs / 4) : Infinity };
    return token;
  }

  async #fetchToken() {
    const answer = await fetch(this.getAttribute("token-url"), { method: "POST", credentials: "include" });
    if (!answer.ok) throw new Error("The fan's token cannot be had.");
    return (await answer.json()).token;
  }
}

/** What a token says, as it says it: for a hint of how far the fan has watched. The server alone decides what holds. */
function claimsOf(token) {
  try {
    const bytes = Uint8Array.from(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")), (char) => char.codePointAt(0));
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return {}; // not one that we can read; the server says what is wrong with it
  }
}

if (!customElements.get("encore-chat")) customElements.define("encore-chat", EncoreChat);
