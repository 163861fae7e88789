// A client of `encore.v1` for a page: one socket, resumed when it breaks, every word exactly once.
//
// The protocol's rules are in follower.js; here is what it takes to keep them: tickets, sockets, timers and promises. It
// knows nothing of the page. A message keeps its id until it is answered, on whichever connection: sent twice, it is one
// message and is paid for once.

import { Follower, PROTOCOL, grow } from "./follower.js";
import { readFrame } from "./audio-frames.js";

const LOST = { code: "disconnected", message: "The connection was lost." };

export class EncoreClient extends EventTarget {
  /** `token(anew)` gives the host app's token; `anew`: the last one was refused. */
  constructor({ base = location.origin, token, client = "page/1.0" }) {
    super();
    this.base = base;
    this.token = token;
    this.follower = new Follower({ client });
    this.waiting = new Map(); // id of an event sent -> {type, resolve, reject}
    this.said = new Map(); // client_msg_id -> {resolve, reject}, until it is answered
    this.closed = false;
    this.timer = null;
    this.anew = false;
  }

  /** Resolves with the first welcome, however long it takes; rejects when there will be none. Called once. */
  connect() {
    return new Promise((resolve, reject) => {
      this.first = { resolve, reject };
      this.#dial();
    });
  }

  /**
   * Resolves with `conversation.opened`; a `reply.snapshot` comes after it when a reply is under way. `more`: `mode`,
   * `horizon`, `locale`; `mode: "scene"` and `with` for two.
   */
  open(show, character, more = {}) {
    return this.#ask({ type: "conversation.open", show, character, mode: "canon", ...more }, "conversation.opened");
  }

  /**
   * Resolves with `message.accepted`; rejects with the error event, or when the client is stopped. A message that is
   * not answered when the connection breaks is sent again with the same `clientMsgId`, which is harmless.
   */
  say(conversation, text, clientMsgId = crypto.randomUUID(), voice = false) {
    return this.#begin(clientMsgId, () => this.follower.say(crypto.randomUUID(), clientMsgId, conversation, text, voice));
  }

  /** Another reply in place of the last one; as `say`. */
  again(turn, clientMsgId = crypto.randomUUID()) {
    return this.#begin(clientMsgId, () => this.follower.again(crypto.randomUUID(), clientMsgId, turn));
  }

  #begin(clientMsgId, effects) {
    return new Promise((resolve, reject) => {
      if (this.closed) return reject(LOST);
      this.said.set(clientMsgId, { resolve, reject });
      this.#run(effects());
    });
  }

  /** `heardMs`: how much of the reply's audio was heard. */
  cancel(turn, heardMs) {
    this.#run(this.follower.cancel(crypto.randomUUID(), turn, heardMs));
  }

  /** Resolves with `turn.reported`. */
  report(turn, reason, note = "") {
    return this.#ask({ type: "turn.report", turn, reason, note }, "turn.reported");
  }

  typing(conversation) {
    this.#send({ type: "typing", conversation });
  }

  /** Do not wait for the next attempt: the network is back. */
  hurry() {
    if (this.closed || this.timer === null) return;
    clearTimeout(this.timer);
    this.#dial();
  }

  close() {
    this.#stop(1000);
    this.socket?.close();
  }

  get(path) {
    return this.#fetch(path, {});
  }

  post(path, body) {
    return this.#fetch(path, { method: "POST", body: JSON.stringify(body ?? {}) });
  }

  /** `method`: PUT, PATCH or DELETE. */
  ask(method, path, body) {
    return this.#fetch(path, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  }

  /** A request with the token; should it be refused, once more with a new one. */
  async #fetch(path, init) {
    for (const anew of [false, true]) {
      const token = await this.token(anew);
      const answer = await fetch(this.base + path, { ...init, headers: { authorization: `Bearer ${token}`, ...(init.body ? { "content-type": "application/json" } : {}) } });
      if (answer.status === 401 && !anew) continue;
      const body = answer.status === 204 ? null : await answer.json();
      if (!answer.ok) throw body.error;
      return body;
    }
  }

  /** One attempt. Whatever becomes of it, the next one is begun by `#again` alone, so that there is only ever one. */
  async #dial() {
    this.timer = null;
    try {
      if (this.anew) await this.token(true);
      this.anew = false;
      const { ticket } = await this.#fetch("/v1/realtime/tickets", { method: "POST" });
      if (this.closed) return;
      const url = this.base.replace(/^http/, "ws") + "/v1/realtime";
      const socket = new WebSocket(url, [PROTOCOL, `ticket.${ticket}`]);
      this.socket = socket;
      socket.binaryType = "arraybuffer";
      socket.onopen = () => this.#hello(socket);
      socket.onmessage = (message) => socket === this.socket && this.#receive(message.data);
      socket.onclose = (event) => socket === this.socket && this.#lost(event.code);
    } catch (error) {
      if (error.class === "forbidden") this.#stop(4503);
      else this.#again(1006);
    }
  }

  #hello(socket) {
    if (this.closed || socket !== this.socket) return socket.close();
    this.#run(this.follower.connected(crypto.randomUUID()));
  }

  /** Text is an event; anything else is a frame of audio, which no rule looks at. */
  #receive(data) {
    if (typeof data === "string") return this.#take(JSON.parse(data));
    const frame = readFrame(data);
    if (frame) this.#tell("audio", frame);
  }

  /** Do what the rules ask for. */
  #run(effects) {
    for (const { send, close, load } of effects) {
      if (send) this.#send(send);
      if (load) this.#tell("lost", { conversation: load });
      if (close) {
        const socket = this.socket;
        this.socket = null; // nothing more is taken from it
        socket.close(close);
        this.#lost(close);
      }
    }
  }

  #ask(event, type) {
    const id = crypto.randomUUID();
    return new Promise((resolve, reject) => {
      if (this.socket?.readyState !== WebSocket.OPEN) return reject(LOST);
      this.waiting.set(id, { type, resolve, reject });
      this.#send({ ...event, id });
    });
  }

  /** Send now or not at all: what must arrive is kept by the follower, and goes out again after the next welcome. */
  #send(event) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(event));
  }

  #take(event) {
    const place = this.follower.places.get(event.conversation);
    const effects = this.follower.take(event);
    const came = event.seq !== undefined && place !== undefined && this.follower.places.get(event.conversation) === place;
    this.#settle(event);
    if (event.type === "welcome") {
      this.welcome = event;
      this.first.resolve(event);
      this.#tell("connected", event);
    } else if (event.type === "error") {
      if (event.code !== "turn_finished") this.#tell("error", event);
    } else if (event.type !== "goodbye" && !came) this.#tell("event", event);
    this.#run(effects);
  }

  /** Answer whoever waits for this event, or for an end of waiting. */
  #settle(event) {
    for (const [clientMsgId, message] of this.said) {
      if (this.follower.unanswered.has(clientMsgId)) continue;
      this.said.delete(clientMsgId);
      if (event.type === "error") message.reject(event);
      else message.resolve(event);
    }
    for (const [id, asked] of this.waiting) {
      const refused = event.type === "error" && event.ref === id;
      if (!refused && asked.type !== event.type) continue;
      this.waiting.delete(id);
      if (refused) asked.reject(event);
      else asked.resolve(event);
      break; // answers come in the order of the questions
    }
  }

  #lost(code) {
    this.socket = null;
    for (const asked of this.waiting.values()) asked.reject(LOST);
    this.waiting.clear();
    this.#again(code);
  }

  #again(code) {
    if (this.closed || this.timer !== null) return;
    const next = this.follower.closed(code, Math.random());
    if (next.do === "stop") return this.#stop(code);
    this.anew = next.do === "renew";
    this.timer = setTimeout(() => this.#dial(), next.after_ms);
    this.#tell("disconnected", { code, delay: next.after_ms });
  }

  #stop(code) {
    if (this.closed) return;
    this.closed = true;
    this.follower.stop();
    clearTimeout(this.timer);
    this.timer = null;
    this.first?.reject(LOST);
    for (const asked of [...this.waiting.values(), ...this.said.values()]) asked.reject(LOST);
    this.waiting.clear();
    this.said.clear();
    this.#tell("stopped", { code });
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

/** The text of one reply, put together by offsets: what is there is skipped, so that nothing is ever doubled. */
export class ReplyText {
  constructor() {
    this.text = "";
  }

  /** The text with this event in it; null, and nothing changed, when words before it are missing: then open again. */
  apply(event) {
    const grown = event.type === "reply.snapshot" ? event.text : grow(this.text, event.offset, event.text);
    if (grown !== null) this.text = grown;
    return grown;
  }
}
