// A conversation as a list of turns: what was said, what is under way, and what became of it.
//
// Pure: events and pages of messages go in, and which turn changed comes out. It touches neither the page nor a socket.
// A turn is known by its number; one that is still on its way to the server, by its `client_msg_id`.

import { grow, lengthOf, spokenBy } from "./follower.js";

const ENDED = new Set(["completed", "cancelled", "failed", "refused"]);

export class Turn {
  constructor({ turn = null, clientMsgId = null, fan = null, replaces = null }) {
    this.turn = turn;
    this.clientMsgId = clientMsgId;
    this.key = clientMsgId ?? turn; // stays the same when the number comes
    this.fan = fan; // null: said on another device, and not known here yet
    this.replaces = replaces;
    this.replaced = false;
    this.reply = "";
    this.length = 0; // code points of the reply
    this.parts = []; // who says what of it, in a scene: {speaker, from, to}
    this.speaker = null; // who does what `state` says, in a scene
    this.state = turn === null ? "sending" : "waiting"; // then recalling, thinking, speaking, and its status
    this.receipt = null;
    this.sources = [];
    this.notice = null; // the play has stopped: {text, resources}
    this.disclosure = null;
    this.aside = null; // crisis or disclosure: not the character's words
  }

  get ended() {
    return ENDED.has(this.state);
  }
}

export class Talk {
  constructor() {
    this.turns = []; // oldest first
    this.more = false; // whether there are older ones at the server
  }

  /** The turn of this number or `client_msg_id`. */
  find(id) {
    return this.turns.findLast((turn) => turn.turn === id || turn.clientMsgId === id);
  }

  get last() {
    return this.turns.at(-1);
  }

  get running() {
    return this.turns.findLast((turn) => !turn.ended);
  }

  /** The oldest turn that the server knows. */
  get oldest() {
    return this.turns.find((turn) => turn.turn !== null);
  }

  /** A message that is on its way. */
  say(clientMsgId, text) {
    const turn = new Turn({ clientMsgId, fan: text });
    this.turns.push(turn);
    return turn;
  }

  /** Another reply is asked for in place of this turn's. */
  again(clientMsgId, before) {
    const turn = new Turn({ clientMsgId, fan: before.fan, replaces: before.turn });
    this.turns.push(turn);
    before.replaced = true;
    return turn;
  }

  /** A message was refused: nothing of it is left. */
  unsay(clientMsgId) {
    const gone = this.find(clientMsgId);
    if (!gone) return null;
    this.turns.splice(this.turns.indexOf(gone), 1);
    const before = gone.replaces && this.find(gone.replaces);
    if (before) before.replaced = false;
    return gone;
  }

  /**
   * A page of messages: with `older`, one that goes before what is here, else the newest. Of a reply that is here, the
   * longer text stays, so that nothing on the page is ever taken back.
   */
  load(messages, { older = false, whole = 100 } = {}) {
    const came = [];
    for (const message of messages) {
      let turn = this.find(message.turn) ?? came.find((one) => one.turn === message.turn);
      if (!turn) {
        turn = new Turn({ turn: message.turn });
        came.push(turn);
      }
      this.#take(turn, message);
    }
    const sent = this.turns.filter((turn) => turn.turn !== null);
    const waiting = this.turns.filter((turn) => turn.turn === null);
    this.turns = older ? [...came, ...this.turns] : [...sent, ...came, ...waiting];
    if (older || sent.length === 0) this.more = messages.length >= whole;
    this.#markReplaced();
    return came;
  }

  #take(turn, { role, text, status, receipt, replaces, aside, parts }) {
    turn.replaces = replaces ?? turn.replaces;
    turn.aside = aside ?? turn.aside;
    if (role === "fan") {
      turn.fan = text;
      return;
    }
    const length = lengthOf(text);
    if (length >= turn.length) Object.assign(turn, { reply: text, length, parts: parts ?? [] });
    if (receipt) turn.receipt = receipt;
    if (status !== "running") turn.state = status;
    else if (!turn.ended) turn.state = text ? "speaking" : turn.state === "sending" ? "waiting" : turn.state;
  }

  #markReplaced() {
    const gone = new Set(this.turns.map((turn) => turn.replaces).filter(Boolean));
    for (const turn of this.turns) turn.replaced = gone.has(turn.turn);
  }

  /**
   * One event of the log. Answers {turn, what}: `new`, `state`, `text`, `notice`, `done`; what is `gap` when words before
   * it are missing; null when it says nothing about a turn.
   */
  apply(event) {
    switch (event.type) {
      case "message.accepted":
        return this.#accepted(event);
      case "turn.status":
        return this.#change(event, "state", (turn) => Object.assign(turn, { state: event.state, speaker: event.speaker ?? null }));
      case "disclosure":
        return this.#change(event, "notice", (turn) => (turn.disclosure = event.text));
      case "safety.notice":
        return this.#change(event, "notice", (turn) => Object.assign(turn, { notice: event, aside: event.kind }));
      case "reply.snapshot":
        return this.#change(event, "text", (turn) => standIn(turn, event));
      case "reply.delta":
        return this.#grow(event);
      case "reply.done": {
        const { status: state, receipt, sources } = event;
        return this.#change(event, "done", (turn) => Object.assign(turn, { state, receipt, sources }));
      }
      default:
        return null;
    }
  }

  /** The answer to a message of ours, whichever way it came: its turn has a number from now on. */
  #accepted({ turn: number, client_msg_id: clientMsgId, replaces }) {
    const mine = this.find(clientMsgId);
    const known = this.turns.find((turn) => turn.turn === number);
    if (known && known !== mine) {
      if (mine) this.turns.splice(this.turns.indexOf(mine), 1); // it had been taken long ago
      return { turn: known, what: "new", gone: mine };
    }
    const turn = mine ?? new Turn({ turn: number });
    if (!mine) this.turns.push(turn);
    if (turn.state === "sending") turn.state = "waiting";
    Object.assign(turn, { turn: number, replaces: replaces ?? turn.replaces });
    this.#markReplaced();
    return { turn, what: "new" };
  }

  #grow(event) {
    const turn = this.#of(event);
    const grown = grow(turn.reply, event.offset, event.text, turn.length);
    if (grown === null) return { turn, what: "gap" };
    const more = grown.slice(turn.reply.length);
    const end = event.offset + lengthOf(event.text);
    turn.parts = spokenBy(turn.parts, event.speaker, more, end);
    turn.speaker = event.speaker ?? null;
    turn.reply = grown;
    turn.length = Math.max(turn.length, end);
    if (!turn.ended) turn.state = "speaking";
    return { turn, what: "text", more };
  }

  #change(event, what, change) {
    const turn = this.#of(event);
    if (turn.ended && what === "state") return null;
    change(turn);
    return { turn, what };
  }

  #of({ turn: number }) {
    let turn = this.turns.findLast((one) => one.turn === number);
    if (!turn) {
      turn = new Turn({ turn: number });
      this.turns.push(turn);
    }
    return turn;
  }
}

/** A snapshot in place of a reply's events; who thinks between two speakers is told by the next event. */
function standIn(turn, { text, state, parts: told }) {
  const parts = told ?? [];
  const speaker = (state === "speaking" && parts.at(-1)?.speaker) || null;
  Object.assign(turn, { reply: text, length: lengthOf(text), state, parts, speaker });
}
