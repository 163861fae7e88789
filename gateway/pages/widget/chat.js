// What a fan does here, and what is known: one client, one conversation at a time, the wallet.
//
// It holds no element. Whatever changes is told as an event: `cast`, `opened`, `list`, `turn`, `wallet`, `price`, `low`,
// `short`, `relationship`, `connection`, `trouble`, `bought`.

import { EncoreClient } from "./encore-client.js";
import { Talk } from "./talk.js";
import { VoicePlayer } from "./voice.js";

const PAGE = 100; // messages on a page: GET /v1/conversations/{id}/messages
const TYPING_EVERY_MS = 5000;
const LOW_MESSAGES = 3; // so many messages are left: time to say so, while nothing is at stake yet
const SYNC_PAUSES_MS = [0, 800, 1600]; // an order is looked into so often; then it was not paid
const AUDIO = /^(audio|voice)\./;

export class Chat extends EventTarget {
  /** `locale`: what the server is told; `mode`: of a talk with one, canon or what_if; `token(anew)`: as the client asks for it. */
  constructor({ base, token, show, locale, mode }) {
    super();
    Object.assign(this, { token, show, locale, mode, alone: mode });
    this.talk = new Talk();
    this.voice = new VoicePlayer();
    this.cast = [];
    this.character = null; // slug
    this.partner = null; // slug of who else is there, in a scene
    this.opened = null; // the last conversation.opened
    this.shown = {}; // which conversation that was
    this.wallet = null;
    this.relationships = new Map(); // slug -> how they stand with the fan
    this.connection = "connecting";
    this.aloud = false;
    this.held = null; // events that came while messages are being loaded
    this.opening = 0;
    this.stale = false; // the price's worth in money may have changed
    this.typedAt = 0;
    this.client = new EncoreClient({ base, token, client: "widget/1.0" });
    this.#listen();
  }

  #listen() {
    const { client, voice } = this;
    const on = (name, take) => client.addEventListener(name, (event) => take(event.detail));
    on("event", (event) => this.#take(event));
    on("audio", (frame) => voice.frame(frame));
    on("error", (event) => !event.ref && this.trouble(event));
    on("connected", (welcome) => this.#connected(welcome));
    on("disconnected", () => this.#connect("away"));
    on("stopped", ({ code }) => this.#connect("stopped", code));
    on("lost", () => this.character && this.reopen());
  }

  /**
   * Come in and meet the cast; then the character asked for, or the first one; with a partner whom the fan has met.
   * `whom()` answers {character, partner} as it is asked for by then.
   */
  async begin(whom) {
    const welcome = await this.client.connect();
    this.disclosure = welcome.disclosure;
    const named = this.locale ? `?${new URLSearchParams({ locale: this.locale })}` : "";
    const { characters } = await this.client.get(`/v1/shows/${encodeURIComponent(this.show)}/characters${named}`);
    this.cast = characters;
    this.tell("cast");
    const { character, partner } = whom();
    const first = character ?? characters[0]?.slug;
    if (first) await this.open(first, { partner: characters.some((one) => one.slug === partner) ? partner : null });
    else this.trouble({ code: "nobody_met" });
  }

  close() {
    this.voice.close();
    this.client.close();
  }

  #connected(welcome) {
    this.wallet = welcome.wallet;
    this.limits = welcome.limits;
    this.#connect("open");
    this.tell("wallet");
    if (this.character && !this.opened) this.reopen();
  }

  #connect(state, code) {
    if (state === this.connection) return;
    this.connection = state;
    this.tell("connection", { code });
  }

  // The conversation

  /**
   * Show a conversation as it stands, then what comes; with `partner` it is a scene. Of two openings at once, the later one
   * counts. One that is refused leaves the conversation that was there.
   */
  async open(character, { horizon, partner = null, mode = this.alone } = {}) {
    const opening = ++this.opening;
    const other = partner === character ? null : partner;
    const wanted = { character, partner: other, mode: other ? "scene" : mode, alone: mode };
    const same = ["character", "partner", "mode"].every((one) => wanted[one] === this[one]);
    if (!same) this.voice.stop();
    Object.assign(this, wanted, { held: this.held ?? [] });
    if (!same) this.opened = null;
    try {
      const opened = await this.client.open(this.show, character, this.#wish(horizon));
      if (opening !== this.opening) return false;
      const page = await this.client.get(`/v1/conversations/${opened.conversation}/messages`);
      if (opening !== this.opening) return false;
      this.#show(opened, page.messages);
      return true;
    } catch (error) {
      if (opening === this.opening) this.#refused(error);
      return false;
    }
  }

  /** The same conversation again. */
  reopen({ horizon } = {}) {
    return this.open(this.character, { horizon, partner: this.partner });
  }

  #refused(error) {
    if (error.code !== "disconnected") {
      Object.assign(this, this.shown);
      this.trouble(error);
    } // else it is opened after the next welcome
    this.#release();
  }

  #wish(horizon) {
    const { mode, locale, partner } = this;
    return { mode, ...(partner ? { with: partner } : {}), ...(locale ? { locale } : {}), ...(horizon === undefined ? {} : { horizon }) };
  }

  /** What came while messages were being loaded. */
  #release() {
    const held = this.held ?? [];
    this.held = null;
    for (const event of held) this.#take(event);
  }

  #show(opened, messages) {
    const goesOn = this.opened?.conversation === opened.conversation && this.#meets(messages);
    if (!goesOn) this.talk = new Talk();
    if (!goesOn) this.relationships.clear();
    this.opened = opened;
    this.character = this.#slugOf(opened.character);
    this.shown = { opened, character: this.character, partner: this.partner, mode: this.mode, alone: this.alone };
    this.talk.load(messages, { whole: PAGE });
    this.tell("opened", { goesOn });
    this.#release();
    this.#feel();
  }

  /** The slug of who was opened, who may have been asked for by a name. */
  #slugOf({ slug, name }) {
    const met = this.cast.find((one) => one.slug === this.character) ?? this.cast.find((one) => one.name === name);
    return slug ?? met?.slug ?? this.character;
  }

  /** Whether a page of messages goes on from what is here. */
  #meets(messages) {
    return !this.talk.oldest || messages.some((message) => this.talk.find(message.turn));
  }

  async #feel() {
    const mine = this.opened.conversation;
    const { relationships } = await this.client.get("/v1/relationships").catch(() => ({ relationships: [] }));
    if (this.opened?.conversation !== mine) return;
    for (const one of relationships) {
      if (one.show === this.show && !this.relationships.has(one.character)) this.relationships.set(one.character, one);
    }
    this.tell("relationship");
  }

  /** The page of messages before what is here; false when there is none. */
  async older() {
    const { oldest, more } = this.talk;
    if (!more || !oldest || this.fetching) return false;
    const talk = this.talk;
    this.fetching = true;
    try {
      const page = await this.client.get(`/v1/conversations/${this.opened.conversation}/messages?before=${oldest.turn}`);
      if (talk !== this.talk) return false;
      talk.load(page.messages, { older: true, whole: PAGE });
      return true;
    } catch {
      return false; // it is asked for again at the next scroll
    } finally {
      this.fetching = false;
    }
  }

  #take(event) {
    if (event.conversation !== this.opened?.conversation && !this.held) return;
    if (AUDIO.test(event.type)) return this.#hear(event);
    if (this.held) return void this.held.push(event);
    if (event.type === "wallet.low") return this.tell("low", { available: event.available, price: event.next_price });
    if (event.type === "conversation.updated") {
      this.relationships.set(event.character ?? this.character, event.relationship);
      return this.tell("relationship");
    }
    const change = this.talk.apply(event);
    if (!change) return;
    if (change.what === "gap") return void this.reopen(); // words are missing: see the whole again
    if (change.what === "new" && change.turn.fan === null) this.#askWhatWasSaid(change.turn);
    if (change.what === "done") this.#ended(event);
    this.tell("turn", change);
  }

  #hear(event) {
    this.voice.take(event);
    if (event.type === "voice.degraded") this.trouble({ code: event.code });
  }

  #ended(event) {
    this.wallet = event.wallet;
    this.stale = true;
    this.tell("wallet");
    const left = Math.floor(event.wallet.available / Math.max(1, this.price.text));
    if (left > 0 && left <= LOW_MESSAGES) this.tell("low", { available: event.wallet.available, left });
  }

  /** Another device of this fan's said something: the log has its turn, the messages have its words. */
  async #askWhatWasSaid(turn) {
    const { talk, opened } = this;
    const page = await this.client.get(`/v1/conversations/${opened.conversation}/messages`).catch(() => null);
    if (!page || talk !== this.talk) return;
    talk.load(page.messages, { whole: PAGE });
    this.tell("turn", { turn, what: "new" });
  }

  // What the fan asks for

  get price() {
    return this.opened?.price ?? { text: 0, voice: 0, currency_hint: null };
  }

  get speaks() {
    return this.opened?.speaks === true;
  }

  /** Say something. Resolves with true once it is taken; false when it was refused, and nothing of it is left. */
  async say(text) {
    const id = crypto.randomUUID();
    const aloud = this.aloud && this.speaks;
    if (aloud) this.voice.unlock();
    this.voice.live = aloud;
    const turn = this.talk.say(id, text);
    this.tell("turn", { turn, what: "new", mine: true });
    return this.#asked(id, () => this.client.say(this.opened.conversation, text, id, aloud));
  }

  /** Another reply in place of the last one. */
  async again(turn) {
    const id = crypto.randomUUID();
    const made = this.talk.again(id, turn);
    this.tell("list");
    return this.#asked(id, () => this.client.again(turn.turn, id), made);
  }

  async #asked(id, ask) {
    const { talk } = this;
    try {
      const accepted = await ask();
      if (talk !== this.talk) return true;
      const change = talk.find(id)?.turn ? null : talk.apply({ ...accepted, client_msg_id: id });
      if (change) this.tell("list");
      return true;
    } catch (error) {
      if (talk === this.talk) {
        talk.unsay(id);
        this.tell("list");
      }
      if (error.code === "insufficient_credits") this.tell("short", error);
      else this.trouble(error);
      return false;
    }
  }

  cancel() {
    const { running } = this.talk;
    if (!running?.turn) return;
    const heard = this.voice.heardMs(running.turn);
    this.voice.stop();
    this.client.cancel(running.turn, heard);
  }

  typing(now) {
    if (!this.opened || now - this.typedAt < TYPING_EVERY_MS) return;
    this.typedAt = now;
    this.client.typing(this.opened.conversation);
    if (this.stale) this.refreshPrice();
  }

  /** What the next message costs in money depends on the credits that it would take: ask again. */
  async refreshPrice() {
    this.stale = false;
    const { opened } = this;
    const anew = await this.client.open(this.show, this.character, this.#wish()).catch(() => null);
    if (!anew || this.opened !== opened || anew.conversation !== opened.conversation) return;
    opened.price = anew.price;
    this.tell("price");
  }

  // Money

  async refreshWallet() {
    this.wallet = await this.client.get("/v1/wallet");
    this.tell("wallet");
    if (this.opened) await this.refreshPrice();
  }

  packs(shortfall = 0) {
    return this.client.get(`/v1/packs?shortfall=${shortfall}`);
  }

  /** What became of an order; asked again for a moment while the till says that it is open. */
  async sync(order) {
    let bought = null;
    for (const pause of SYNC_PAUSES_MS) {
      await new Promise((resolve) => setTimeout(resolve, pause));
      bought = await this.client.post(`/v1/checkout/${encodeURIComponent(order)}/sync`);
      if (bought.state !== "new" && bought.state !== "open") break;
    }
    await this.refreshWallet();
    this.tell("bought", bought);
    return bought;
  }

  trouble(error) {
    this.tell("trouble", error ?? {});
  }

  tell(name, detail = {}) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
