// The widget's page: puts the parts together and carries what the fan does to the chat, and what the chat tells to the
// parts. The only module that knows both.

import { Chat } from "./chat.js";
import { Composer, rememberAloud } from "./composer.js";
import { make } from "./dom.js";
import { Header } from "./header.js";
import { LogView } from "./log-view.js";
import { entriesOf } from "./menu.js";
import { budgetSheet, receiptSheet, shopSheet } from "./money-sheets.js";
import { People } from "./people.js";
import { Sheets } from "./sheets.js";
import { castSheet, horizonSheet, menuSheet, notesSheet, pairSheet, reportSheet, sourcesSheet } from "./story-sheets.js";

const GRACE_MS = 1200; // a connection that is back sooner was never missed
const ORDER = "encore_order";

export class View {
  /** `settings`: what the element was given; `words`: a Wording; `bridge`: the way to the host. */
  constructor({ settings, words, bridge }) {
    Object.assign(this, { settings, words, bridge });
    this.chat = new Chat(settings);
    this.chat.aloud = Composer.prefersAloud();
    this.grace = null;
    this.#build();
    this.#listen();
  }

  #build() {
    const { words, settings } = this;
    this.header = new Header({ words, act: (what) => this.#do(what), portrait: settings.portrait, closable: settings.closable });
    this.log = new LogView({ words, act: (what, turn) => this.#about(what, turn), older: () => this.#older() });
    this.composer = new Composer({ words, act: (what) => this.#do(what) });
    this.status = make("p", { className: "status", part: "status", role: "status" });
    this.announcer = make("p", { className: "visually-hidden", id: "announcer", "aria-live": "polite" });
    const main = make("div", { className: "main" }, this.log.element, this.log.newest, this.status);
    this.sheets = new Sheets(words, [this.header.element, main, this.composer.element]);
    this.around = {
      chat: this.chat,
      words,
      sheets: this.sheets,
      portrait: settings.portrait,
      people: () => this.people,
      buy: (pack, shortfall) => this.#buy(pack, shortfall),
      watch: (source, event) => this.#watch(source, event),
      addressOf: ({ episode }) => settings.episodeUrl?.replaceAll("{episode}", episode) ?? null,
      done: (sentence, turn) => this.#reported(sentence, turn),
    };
    this.element = make("div", { className: "stage", part: "stage", lang: words.locale, dir: words.direction }, this.header.element, main, this.composer.element, this.announcer, this.sheets.scrim, this.sheets.element);
    this.element.dataset.connection = "connecting";
    this.#say(words.t("connecting"), GRACE_MS);
  }

  #listen() {
    const on = (name, take) => this.chat.addEventListener(name, (event) => take(event.detail));
    on("opened", (detail) => this.#opened(detail));
    on("list", () => this.#list());
    on("turn", (change) => this.#turn(change));
    on("wallet", () => this.#wallet());
    on("price", () => this.#cost());
    on("relationship", () => this.#mood());
    on("low", (low) => this.#low(low));
    on("short", (short) => this.#open("shop_title", shopSheet(this.around, short)));
    on("bought", (order) => this.#bought(order));
    on("trouble", (error) => this.composer.tellTrouble(this.sheets.sentenceOf(error)));
    on("connection", ({ code }) => this.#connection(code));
    const { voice } = this.chat;
    voice.addEventListener("word", ({ detail }) => this.#word(detail));
    voice.addEventListener("preface", () => this.header.caption.hidden && this.header.preface(this.chat.disclosure?.text ?? ""));
    voice.addEventListener("recorded", ({ detail }) => this.#audible(detail.turn, undefined));
    voice.addEventListener("playing", ({ detail }) => this.#audible(detail.turn, true));
    voice.addEventListener("stopped", ({ detail }) => this.#audible(detail.turn, false));
    this.online = () => {
      this.chat.client.hurry();
      this.#connection(); // a line that outlived the pause tells nothing by itself
    };
    this.offline = () => this.#connection();
    window.addEventListener("online", this.online);
    window.addEventListener("offline", this.offline);
  }

  /** Come in; an order that the till has just led back from is looked into. */
  async begin() {
    const address = new URL(location.href);
    const order = address.searchParams.get(ORDER);
    if (order) {
      address.searchParams.delete(ORDER);
      history.replaceState(history.state, "", address);
    }
    try {
      await this.chat.begin(this.settings.whom);
      this.bridge.tell("ready", { show: this.settings.show });
    } catch (error) {
      this.composer.tellTrouble(error.code ? this.sheets.sentenceOf(error) : this.words.t("unreachable"));
      this.bridge.tell("error", { code: error.code ?? "unreachable" });
    }
    if (order) await this.sync(order);
  }

  sync(order) {
    return this.chat.sync(order).catch((error) => this.chat.trouble(error));
  }

  close() {
    clearTimeout(this.grace);
    window.removeEventListener("online", this.online);
    window.removeEventListener("offline", this.offline);
    this.log.close();
    this.chat.close();
  }

  get name() {
    return this.people?.name ?? "";
  }

  // What the chat tells

  #opened({ goesOn }) {
    const { chat, words } = this;
    this.composer.tellTrouble("");
    if (!goesOn) this.composer.tellLow("");
    this.people = new People({ opened: chat.opened, asked: chat.character, cast: chat.cast, words, portrait: this.settings.portrait });
    this.header.show(this.people, chat.opened, chat.mode);
    this.element.dataset.mode = chat.mode;
    this.log.element.setAttribute("aria-label", words.t("log", { name: this.name }));
    this.#opening();
    this.log.show(chat.talk.turns, this.people, { fresh: !goesOn });
    this.composer.show(chat.opened.conversation, this.name);
    this.#cost();
    this.#state();
    this.bridge.tell("opened", { character: chat.character, ...(chat.partner ? { with: chat.partner } : {}), mode: chat.mode, horizon: chat.opened.horizon });
  }

  /** What stands at the very beginning: that this is an AI, and the greeting. */
  #opening() {
    const { chat, words, people } = this;
    const parts = [make("p", { className: "system", id: "disclosure", part: "notice", dir: "auto" }, chat.disclosure?.text ?? words.t("ai_long"))];
    if (chat.opened.greeting) {
      const greeting = make("p", { className: "words", dir: "auto" }, chat.opened.greeting);
      const box = make("div", { className: "character greeting", part: "message message-character" }, people.isScene ? people.line(people.first.slug, "calm", greeting) : greeting);
      if (!people.isScene) box.setAttribute("role", "article");
      if (!people.isScene) box.setAttribute("aria-label", words.t("says", people));
      parts.push(box);
    }
    this.log.opening.replaceChildren(...parts);
  }

  async #older() {
    const came = await this.chat.older();
    this.log.turns = this.chat.talk.turns;
    return came;
  }

  #list() {
    this.log.show(this.chat.talk.turns, this.people);
    this.#state();
  }

  #turn(change) {
    const { turn, what, gone, mine } = change;
    this.log.turns = this.chat.talk.turns;
    if (gone) return this.#list();
    if (mine) this.log.toEnd();
    this.log.change(change);
    if (what === "new" && turn.replaces) this.#list();
    if (what === "notice" && turn.aside === "crisis") this.chat.voice.stop();
    if (what === "done") this.#done(turn);
    if (what === "done" && turn.aside === "crisis") this.log.showTop(turn);
    if (what !== "text") this.#state();
  }

  #done(turn) {
    const { words, people } = this;
    const help = () => words.t("announce", { name: words.t("help_title"), text: [turn.notice?.text, turn.reply].filter(Boolean).join(" ") });
    this.announcer.textContent = turn.aside === "crisis" ? help() : people.spoken(turn);
  }

  #state() {
    const { chat } = this;
    const { running } = chat.talk;
    this.composer.state({ ready: chat.opened !== null, busy: Boolean(running) });
    this.element.dataset.ready = String(chat.opened !== null);
    this.element.dataset.busy = String(Boolean(running));
    this.element.dataset.crisis = String(chat.talk.last?.aside === "crisis");
    this.#mood();
  }

  #mood() {
    this.header.mood(this.chat.talk.running ?? this.chat.talk.last, this.chat.relationships, this.heard);
  }

  #wallet() {
    const { available, held } = this.chat.wallet;
    this.#cost();
    this.bridge.tell("balance", { available, held });
  }

  #cost() {
    const { price, wallet, aloud, speaks, opened } = this.chat;
    if (opened) this.composer.cost({ price, wallet, aloud, speaks, both: this.people?.isScene });
    if (wallet && opened && wallet.available >= price.text * 4) this.composer.tellLow("");
  }

  #low({ available, left, price }) {
    const { t } = this.words;
    if (left) this.composer.tellLow(t("messages_left", { n: left }));
    else this.composer.tellLow(t("not_enough", { n: price, available: t("credits", { n: available }) }), { urgent: true });
  }

  #bought(order) {
    const { t } = this.words;
    const key = { paid: "bought", awaiting: "bought_waiting" }[order.state] ?? "bought_nothing";
    this.#say(t(key, { title: order.title, n: this.chat.wallet.available }), 0, 8000);
    this.bridge.tell("purchase", { order: order.order, state: order.state });
  }

  /** A broken line is told of only when it does not come back at once; what is on the page stays. */
  #connection(code) {
    const { chat, words } = this;
    const state = navigator.onLine ? chat.connection : chat.connection === "stopped" ? "stopped" : "offline";
    this.element.dataset.connection = state;
    if (state === "open") this.#say("");
    else if (state === "stopped") this.#stopped(code);
    else this.#say(words.t(state === "offline" ? "offline" : "reconnecting"), GRACE_MS);
  }

  #stopped(code) {
    this.#say(this.words.t("stopped"));
    this.status.append(" ", make("button", { type: "button", className: "plain", onclick: () => this.settings.restart() }, this.words.t("reload")));
    this.composer.state({ ready: false, busy: false });
    this.bridge.tell("error", { code: `closed_${code}` });
  }

  /** A line of state; after `delay`, and for `life` ms (0: until it changes). */
  #say(sentence, delay = 0, life = 0) {
    clearTimeout(this.grace);
    const say = () => {
      this.status.textContent = sentence;
      if (life) this.grace = setTimeout(() => this.#say(""), life);
    };
    if (delay) this.grace = setTimeout(say, delay);
    else say();
  }

  // What is heard

  #audible(id, heard) {
    const turn = this.chat.talk.find(id);
    if (!turn) return;
    const news = !turn.audio || (heard !== undefined && turn.heard !== heard);
    turn.audio = true;
    if (heard !== undefined) {
      turn.heard = heard;
      this.heard = heard;
      this.bridge.tell("speaking", { speaking: heard });
      this.#mood();
    }
    if (news) this.log.viewOf(turn)?.end();
  }

  #word({ turn: id, word }) {
    const turn = this.chat.talk.find(id);
    if (!turn) return;
    this.log.viewOf(turn)?.mark(word);
    this.header.captions(turn.reply, this.chat.voice.recordings.get(id)?.words ?? [], word);
  }

  // What the fan does

  #do(what, about) {
    const { chat, around, words } = this;
    const doing = {
      send: () => this.#send(),
      stop: () => chat.cancel(),
      typing: () => chat.typing(performance.now()),
      aloud: () => this.#aloud(),
      shop: () => this.#open("shop_title", shopSheet(around)),
      cast: () => this.#open("cast_title", castSheet(around, chat.opened && chat.cast.length > 1 && (() => this.#do("scene")))),
      scene: () => this.sheets.show(words.t("scene_title", this.people.first), pairSheet(around)),
      notes: (of) => this.sheets.show(words.t("notes_title", of), notesSheet(around, of)),
      budget: () => this.#open("budget_title", budgetSheet(around)),
      horizon: () => chat.opened && this.#open("horizon_title", horizonSheet(around, this.settings.watched(chat.show) ?? chat.opened.horizon)),
      menu: () => this.sheets.show(this.name || words.t("menu"), menuSheet(around, entriesOf(this, (...doing) => this.#do(...doing)))),
      leave: () => this.leave(),
    };
    doing[what](about);
  }

  /** Good night: nothing holds a fan back. */
  leave() {
    this.chat.voice.stop();
    this.bridge.tell("close");
  }

  #open(title, fill) {
    return this.sheets.show(this.words.t(title), fill);
  }

  async #send() {
    const { composer, chat } = this;
    const { text } = composer;
    composer.tellTrouble("");
    composer.clear();
    const taken = await chat.say(text);
    if (!taken && !composer.text) composer.put(text);
    if (!taken && chat.talk.running === undefined && !this.sheets.open) composer.field.focus();
  }

  #aloud() {
    const { chat } = this;
    chat.aloud = !chat.aloud;
    if (chat.aloud) chat.voice.unlock();
    else chat.voice.stop();
    rememberAloud(chat.aloud);
    this.#cost();
  }

  #about(what, turn) {
    const { around, chat } = this;
    const { voice } = chat;
    if (what === "write") return this.composer.field.focus();
    if (what === "receipt") this.#open("receipt_title", receiptSheet(around, turn));
    else if (what === "sources") this.#open("sources_title", sourcesSheet(around, turn));
    else if (what === "more") this.sheets.show(this.words.t("more"), menuSheet(around, this.#aboutEntries(turn)));
    else if (what === "listen") {
      if (voice.playing?.turn === turn.turn) voice.stop();
      else voice.play(turn.turn);
    }
  }

  #aboutEntries(turn) {
    const { t } = this.words;
    const { chat, around } = this;
    const free = ["failed", "refused"].includes(turn.state);
    const price = free ? t("free") : t("credits", { n: chat.price.text });
    const isLast = turn === chat.talk.last && !turn.aside;
    return [
      isLast && { text: t("again_price", { price }), picture: "again", act: () => chat.again(turn), id: "go-again" },
      turn.receipt && { text: t("receipt_title"), picture: "coin", act: () => this.#about("receipt", turn) },
      { text: t("copy"), picture: "scene", act: () => this.#copy(turn.reply), id: "go-copy" },
      { text: t("report"), picture: "flag", act: () => this.#open("report_title", reportSheet(around, turn)), id: "go-report" },
    ];
  }

  #copy(text) {
    const tell = (key) => this.#say(this.words.t(key), 0, 3000);
    navigator.clipboard?.writeText(text).then(() => tell("copied"), () => tell("unknown"));
  }

  #reported(sentence, turn) {
    this.log.viewOf(turn)?.end();
    this.#say(sentence, 0, 6000);
  }

  /** The host opens its own player; a link goes on as links do unless the host took it. */
  #watch({ episode, scene }, event) {
    const go = this.bridge.tell("open-episode", { show: this.settings.show, episode, scene });
    if (!go) event.preventDefault();
    this.sheets.close();
  }

  /** Off to the till's page, in this tab; it leads back here. A host may open the address its own way and tell `sync`. */
  async #buy(pack, shortfall) {
    const back = new URL(this.settings.returnUrl ?? location.href);
    back.hash = "";
    const there = back.searchParams.size ? "&" : "?";
    const address = `${back}${there}${ORDER}={ORDER}`;
    const opened = await this.chat.client.post("/v1/checkout", { pack: pack.pack, shortfall, return_url: address });
    const go = this.bridge.tell("checkout", { order: opened.order, url: opened.url });
    if (go) location.assign(opened.url);
    else this.sheets.close();
  }
}
