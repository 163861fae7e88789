// What a client of `encore.v1` knows: frames go in, and what is known and what is to be done come out.
//
// It touches no socket, no clock and no chance: ids and the share of chance in a pause are arguments. The same rules are
// in tests/encore_client/follower.py, and the cases of tests/data/protocol-cases/ hold for both.
//
// Effects: {send: event}, {close: code}: take nothing more from the socket and come back, {load: conversation}: its log
// does not go on from here.

export const PROTOCOL = "encore.v1";
const PAUSES_MS = [250, 500, 1000, 2000, 4000, 8000]; // before each attempt to come back, times 0.5 to 1.5
const STOP_FROM = 4500; // close codes from here on mean: do not come back by yourself …
const TICKET_REFUSED = 4501; // … but for this one: come back with a new token and ticket
const GAP = 3000; // we close, because an event is missing; coming back brings it
const OF_A_TURN = ["message.accepted", "turn.status", "reply.delta", "reply.done"];

export class Follower {
  constructor({ resume = [], client = "encore-client/1.0" } = {}) {
    this.client = client;
    this.phase = "away"; // greeting, open, stopped
    this.places = new Map(resume.map(({ conversation, epoch, seq }) => [conversation, { epoch, seq }]));
    this.replies = new Map(); // turn -> {conversation, text, state, status, code, charged}; in a scene, {speaker, parts} too
    this.lengths = new Map(); // turn -> code points of its text, so that no delta counts them all again
    this.wallet = null;
    this.unanswered = new Map(); // client_msg_id -> the message.send or turn.regenerate, until it is answered on whichever socket
    this.cancelling = new Map(); // turn -> its turn.cancel, until the turn has ended
    this.errors = [];
    this.attempts = 0;
    this.pauseMs = null;
  }

  /** A socket is open: say hello, with a mark for every log that is followed. */
  connected(id) {
    this.phase = "greeting";
    const resume = [...this.places].map(([conversation, place]) => ({ conversation, ...place }));
    return [{ send: { type: "hello", id, protocol: PROTOCOL, client: this.client, resume } }];
  }

  /** Send a message now, or after the next welcome. */
  say(id, clientMsgId, conversation, text, voice = false) {
    return this.#begin(clientMsgId, { type: "message.send", id, client_msg_id: clientMsgId, conversation, text, voice });
  }

  /** Ask for another reply in place of the last one, now or after the next welcome. */
  again(id, clientMsgId, turn) {
    return this.#begin(clientMsgId, { type: "turn.regenerate", id, client_msg_id: clientMsgId, turn });
  }

  #begin(clientMsgId, event) {
    this.unanswered.set(clientMsgId, event);
    return this.phase === "open" ? [{ send: event }] : [];
  }

  /** Stop a reply, now or after the next welcome; nothing for one that has ended. */
  cancel(id, turn, heardMs) {
    if (this.replies.get(turn)?.state === "ended") return [];
    const event = { type: "turn.cancel", id, turn, ...(heardMs === undefined ? {} : { heard_ms: heardMs }) };
    this.cancelling.set(turn, event);
    return this.phase === "open" ? [{ send: event }] : [];
  }

  /** The socket is gone (1006: nobody said why, or it never opened): what follows. `chance` is 0 to 1. */
  closed(code, chance = 0.5) {
    if (this.phase === "stopped" || (code >= STOP_FROM && code !== TICKET_REFUSED)) {
      this.phase = "stopped";
      return { do: "stop", after_ms: null };
    }
    this.phase = "away";
    const byTable = PAUSES_MS[Math.min(this.attempts, PAUSES_MS.length - 1)] * (0.5 + chance);
    const after = this.pauseMs ?? Math.floor(byTable);
    this.attempts += 1;
    this.pauseMs = null;
    return { do: code === TICKET_REFUSED ? "renew" : "reconnect", after_ms: after };
  }

  /** The fan goes; nothing follows. */
  stop() {
    const connected = this.phase === "greeting" || this.phase === "open";
    this.phase = "stopped";
    return connected ? [{ close: 1000 }] : [];
  }

  /** One event. Unknown fields say nothing; an unknown type moves the log if it stands in it, and else nothing. */
  take(event) {
    if (this.phase !== "greeting" && this.phase !== "open") return []; // from a socket that has been given up
    switch (event.type) {
      case "welcome":
        return this.#welcomed(event);
      case "goodbye":
        this.pauseMs = event.reconnect_in_ms;
        return [];
      case "error":
        this.#refused(event);
        return [];
      case "conversation.opened":
        this.places.set(event.conversation, { epoch: event.epoch, seq: event.seq });
        return [];
      case "reply.snapshot":
        this.#standIn(event);
        return [];
    }
    return event.seq === undefined ? [] : this.#follow(event);
  }

  /** What is known, as plain data. */
  state() {
    const { phase, wallet, errors } = this;
    const [places, replies] = [Object.fromEntries(this.places), Object.fromEntries(this.replies)];
    return { phase, places, replies, wallet, errors, unanswered: [...this.unanswered.keys()], cancelling: [...this.cancelling.keys()] };
  }

  #welcomed(event) {
    this.phase = "open";
    this.attempts = 0;
    this.wallet = event.wallet ?? null;
    const lost = event.resumed.filter((answer) => !answer.recovered).map((answer) => answer.conversation);
    for (const conversation of lost) this.places.delete(conversation);
    const waiting = [...this.unanswered.values(), ...this.cancelling.values()];
    return [...lost.map((load) => ({ load })), ...waiting.map((send) => ({ send }))];
  }

  #refused(event) {
    for (const waiting of [this.unanswered, this.cancelling]) {
      for (const [key, sent] of waiting) if (sent.id === event.ref) waiting.delete(key);
    }
    if (event.code !== "turn_finished") this.errors.push(event); // the end came first, and says all there is to say
  }

  /** A snapshot in place of a reply's events; one of what has gone by says nothing new. */
  #standIn(event) {
    const place = this.places.get(event.conversation);
    if (place?.epoch === event.epoch && event.through_seq < place.seq) return;
    this.places.set(event.conversation, { epoch: event.epoch, seq: event.through_seq });
    this.lengths.set(event.turn, lengthOf(event.text));
    const reply = Object.assign(this.#reply(event), { text: event.text, state: event.state });
    if (!event.parts) return;
    reply.parts = event.parts;
    if (event.state === "speaking") reply.speaker = event.parts.at(-1).speaker;
    else delete reply.speaker; // whoever it is has not begun
  }

  /** One log event: dropped when it came before, asked for again when one before it is missing. */
  #follow(event) {
    if (event.type === "message.accepted") this.unanswered.delete(event.client_msg_id);
    const place = this.places.get(event.conversation);
    if (place?.epoch === event.epoch) {
      if (event.seq <= place.seq) return [];
      if ((event.from_seq ?? event.seq) > place.seq + 1) {
        this.phase = "away";
        return [{ close: GAP }];
      }
    }
    this.places.set(event.conversation, { epoch: event.epoch, seq: event.seq });
    return this.#perform(event);
  }

  /** A log event that is news, in its turn. */
  #perform(event) {
    if (!OF_A_TURN.includes(event.type)) return [];
    const reply = this.#reply(event);
    if (reply.state === "ended") return [];
    if (event.speaker) reply.speaker = event.speaker;
    if (event.type === "turn.status") reply.state = event.state;
    if (event.type === "reply.delta") {
      const held = this.lengths.get(event.turn) ?? 0;
      const grown = grow(reply.text, event.offset, event.text, held);
      if (grown === null) {
        this.places.delete(event.conversation);
        return [{ load: event.conversation }];
      }
      const parts = spokenBy(reply.parts ?? [], event.speaker, grown.slice(reply.text.length), event.offset + lengthOf(event.text));
      if (parts.length) reply.parts = parts;
      reply.text = grown;
      this.lengths.set(event.turn, Math.max(held, event.offset + lengthOf(event.text)));
    }
    if (event.type === "reply.done") {
      const { status, code = null, receipt, wallet } = event;
      Object.assign(reply, { state: "ended", status, code, charged: receipt.charged });
      this.wallet = wallet;
      this.cancelling.delete(event.turn);
    }
    return [];
  }

  #reply({ turn, conversation }) {
    if (!this.replies.has(turn)) {
      this.replies.set(turn, { conversation, text: "", state: "accepted", status: null, code: null, charged: null });
    }
    return this.replies.get(turn);
  }
}

/**
 * Who says what of a scene's reply, `[{speaker, from, to}]` in code points, with more words in it that end at `end`. The space
 * before another's first word is nobody's, and words without a speaker are no character's.
 */
export function spokenBy(parts, speaker, words, end) {
  if (!speaker || !words) return parts;
  const last = parts.at(-1);
  if (last?.speaker === speaker) return [...parts.slice(0, -1), { ...last, to: end }];
  const first = words.trimStart();
  return first ? [...parts, { speaker, from: end - lengthOf(first), to: end }] : parts;
}

/** How many code points a text has; offsets count them. */
export function lengthOf(text) {
  let length = 0;
  for (const _ of text) length += 1;
  return length;
}

/**
 * The text with a delta in it: what is held is skipped; null where words before it are missing. `held`: the code points of
 * the text, for who knows them.
 */
export function grow(text, offset, more, held = lengthOf(text)) {
  if (offset === held) return text + more;
  return offset > held ? null : text + [...more].slice(held - offset).join("");
}
