// One turn on the page: what the fan said, what the character answered, and what can be asked about it.
//
// Words that stream in are appended to one text node, unless there are stage directions to set apart. It is drawn from a
// Turn and asks for nothing by itself.

import { icon, make } from "./dom.js";
import { lengthOf } from "./follower.js";

const NODE_CHARS = 400;
const ASIDES = /\*([^*\n]+)\*/gu;

/** The pieces of a reply: plain text and stage directions, each with its place in code points. */
export function piecesOf(text) {
  const pieces = [];
  let at = 0;
  const add = (words, start, aside) => words && pieces.push({ text: words, from: lengthOf(text.slice(0, start)), aside });
  for (const match of text.matchAll(ASIDES)) {
    add(text.slice(at, match.index), at, false);
    add(match[1], match.index + 1, true);
    at = match.index + match[0].length;
  }
  add(text.slice(at), at, false);
  return pieces;
}

export class TurnView {
  /** `act(what, turn)`: what the fan asks for; `people`: who is there. */
  constructor(turn, { words, people, act }) {
    Object.assign(this, { turn, words, people, act });
    this.element = make("div", { className: "turn" });
    this.element.dataset.key = turn.key;
    this.nodes = []; // the text nodes of the reply, each with its place in code points
    this.drawn = "";
    this.draw();
  }

  draw() {
    const { turn } = this;
    const parts = [];
    if (turn.fan !== null && !turn.replaces) parts.push(this.#fan());
    if (turn.disclosure) parts.push(make("p", { className: "system", part: "notice", dir: "auto" }, turn.disclosure));
    if (turn.notice || turn.aside === "crisis") parts.push(this.#help());
    else if (!turn.replaced) parts.push(this.#reply());
    this.element.replaceChildren(...parts);
  }

  #fan() {
    const { turn, words } = this;
    const bubble = make("div", { className: "fan", part: "message message-fan", role: "article", "aria-label": words.t("you_said") });
    bubble.dataset.state = turn.state === "sending" ? "sending" : "sent";
    bubble.append(make("p", { dir: "auto" }, turn.fan));
    return bubble;
  }

  #reply() {
    const { turn, words, people } = this;
    this.prose = this.plain = make("p", { className: "words", dir: "auto" });
    this.waiting = make("span", { className: "dots", role: "img" }, make("i"), make("i"), make("i"));
    this.foot = make("div", { className: "foot" });
    this.bubble = make("div", { className: "character", part: "message message-character" }, this.prose, this.foot);
    if (!people.isScene || turn.aside) {
      this.bubble.setAttribute("role", "article");
      this.bubble.setAttribute("aria-label", words.t(turn.aside ? "not_character" : "says", people));
    }
    this.lines = []; // a scene's: {speaker, element}, in place of the one paragraph
    this.#write();
    this.state();
    return this.bubble;
  }

  /** The play has stopped: this is not the character's, and looks like nothing that is. */
  #help() {
    const { turn, words, act } = this;
    const card = make("section", { className: "help", part: "help", "aria-label": words.t("help_title") });
    card.append(make("p", { className: "help-mark" }, icon("heart")), make("h2", { dir: "auto" }, turn.notice?.text ?? words.t("help_title")));
    const resources = turn.notice?.resources ?? [];
    if (resources.length) card.append(make("h3", {}, words.t("help_here")), make("ul", { role: "list" }, ...resources.map(helpLine)));
    this.prose = make("p", { className: "words", dir: "auto" });
    this.bubble = card;
    this.foot = make("div", { className: "foot" });
    this.waiting = null;
    this.lines = [];
    card.append(this.prose);
    const back = make("button", { type: "button", className: "plain", onclick: () => act("write", turn) }, words.t("help_back"));
    card.append(this.foot, back);
    this.#write();
    this.state();
    return card;
  }

  #write() {
    const { turn } = this;
    if (turn.parts.length) this.#writeLines();
    else this.#fill(turn.reply);
    this.drawn = turn.reply;
  }

  #fill(text) {
    this.nodes = piecesOf(text).map(({ text, from, aside }) => ({ node: document.createTextNode(text), from, aside }));
    this.prose.replaceChildren(...this.nodes.map(({ node, aside }) => (aside ? make("em", {}, node) : node)));
  }

  /** A scene's reply: each speaker's words under their name. What an earlier one said is not drawn again. */
  #writeLines() {
    const { turn, people } = this;
    const points = [...turn.reply];
    turn.parts.forEach(({ speaker, from, to }, place) => {
      let line = this.lines[place];
      if (line?.speaker !== speaker) {
        for (const gone of this.lines.splice(place)) gone.element.remove();
        const prose = make("p", { className: "words", dir: "auto" });
        line = { speaker, prose, element: people.line(speaker, "calm", prose) };
        this.lines.push(line);
        this.foot.before(line.element);
      }
      const said = points.slice(from, to).join("");
      if (line.said === said) return;
      line.said = said;
      this.plain.remove();
      this.prose = line.prose;
      this.#fill(said);
    });
  }

  /**
   * More words have come. They go into the last text node, or begin another at a space: a browser shapes a node's text as
   * a whole, and a long reply should not be shaped again for every word.
   */
  grow() {
    if (!this.prose) return;
    const { reply, length, parts } = this.turn;
    const more = reply.slice(this.drawn.length);
    this.asides ||= reply.length < this.drawn.length || more.includes("*");
    const last = this.nodes.at(-1)?.node;
    const elsewhere = parts.length > 0 && (parts.length !== this.lines.length || parts.at(-1).to !== length);
    if (!last || this.asides || elsewhere) this.#write();
    else if (last.length < NODE_CHARS || !last.data.endsWith(" ")) last.appendData(more);
    else {
      const node = document.createTextNode(more);
      this.nodes.push({ node, from: length - lengthOf(more), aside: false });
      this.prose.append(node);
    }
    const line = this.lines.at(-1);
    if (line && this.drawn !== reply) line.said += more;
    this.drawn = reply;
    this.state();
  }

  /** The reply has ended, or what is known of its cost has changed. */
  end() {
    if (!this.prose) return this.draw();
    if (this.turn.replaced || !this.bubble.isConnected) return this.draw();
    if (this.drawn !== this.turn.reply) this.#write();
    this.state();
  }

  state() {
    const { turn } = this;
    this.bubble.dataset.state = turn.state;
    if (this.waiting && this.#waits()) this.#wait();
    else this.row?.remove();
    this.foot.replaceChildren(...(turn.ended ? this.#about() : []));
  }

  /** Whether somebody is about to speak: a scene's second speaker while the first one's words are there. */
  #waits() {
    const { ended, reply, parts, state, speaker } = this.turn;
    if (ended || !reply) return !ended;
    const last = parts.at(-1)?.speaker;
    return last !== undefined && (state !== "speaking" || (speaker ?? last) !== last);
  }

  #wait() {
    const { turn, people, waiting, foot } = this;
    waiting.setAttribute("aria-label", people.does("thinking", turn.speaker));
    if (this.row?.isConnected && this.rowOf === turn.speaker) return;
    this.row?.remove();
    this.rowOf = turn.speaker;
    this.row = people.isScene && turn.speaker ? people.line(turn.speaker, "thinking", waiting) : waiting;
    foot.before(this.row);
  }

  #about() {
    const { turn, words, act } = this;
    const told = ["cancelled", "failed", "refused"].includes(turn.state) ? [make("span", { className: "ending" }, words.t(turn.state))] : [];
    const button = (what, label, ...inner) =>
      make("button", { type: "button", className: `about about-${what}`, "aria-label": label, onclick: () => act(what, turn) }, ...inner);
    if (turn.audio) {
      const on = turn.heard === true;
      told.push(button("listen", words.t(on ? "stop_listening" : "listen"), icon(on ? "stop" : "play")));
    }
    if (turn.receipt) {
      const { charged, refunded } = turn.receipt;
      const total = charged.text + charged.voice;
      const cost = refunded ? words.t("refunded", { n: refunded }) : total ? words.t("credits", { n: total }) : words.t("free");
      told.push(button("receipt", `${cost}. ${words.t("receipt_title")}`, cost));
    }
    if (turn.sources.length) told.push(button("sources", `${words.t("scenes", { n: turn.sources.length })}. ${words.t("sources_title")}`, icon("scene"), words.t("scenes", { n: turn.sources.length })));
    if (turn.turn) told.push(button("more", words.t("more"), icon("more")));
    return told;
  }

  /** Set apart the word that is heard, by its code points; null for none. */
  mark(word) {
    if (!("highlights" in CSS)) return;
    const range = word && this.#range(word);
    if (range) CSS.highlights.set("encore-word", new Highlight(range));
    else CSS.highlights.delete("encore-word");
  }

  #range({ from, to }) {
    const held = this.nodes.findLast((piece) => piece.from <= from);
    if (!held) return null;
    const points = [...held.node.data];
    const unit = (place) => points.slice(0, Math.max(0, place - held.from)).join("").length;
    const range = document.createRange();
    range.setStart(held.node, Math.min(unit(from), held.node.length));
    range.setEnd(held.node, Math.min(unit(to), held.node.length));
    return range;
  }
}

function helpLine({ name, contact }) {
  const number = contact.match(/^[+\d][\d\s()-]*$/)?.[0];
  const web = contact.match(/^(?:https?:\/\/)?([\w-]+(?:\.[\w-]+)+\S*)$/)?.[0];
  const address = number ? `tel:${number.replace(/[^+\d]/g, "")}` : web && (web.startsWith("http") ? web : `https://${web}`);
  const way = address ? make("a", { href: address, ...(number ? {} : { target: "_blank", rel: "noopener noreferrer" }) }, contact) : make("strong", {}, contact);
  return make("li", {}, make("span", {}, name), way);
}
