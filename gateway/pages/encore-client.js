// A client of `encore.v1` for a page: one socket, resumed when it breaks, every word exactly once.
//
// It knows the protocol and nothing of the page. It holds, for each conversation it follows, the place in the log it
// has seen; after a broken connection it asks for what came since, so that a reply goes on where it stopped. A message
// keeps its id until it is answered, on whichever connection: sent twice, it is one message and is paid for once.

const PROTOCOL = "encore.v1";
const RECONNECT_MS = [250, 500, 1000, 2000, 4000, 8000];
const STOP_FROM = 4500; // close codes from here on mean: do not come back by yourself …
const TICKET_REFUSED = 4501; // … but for this one: come back with a new ticket
const GAP = 3000; // we close, because an event is missing; coming back brings it
const LOST = { code: "disconnected", message: "The connection was lost." };

export class EncoreClient extends EventTarget {
  /** `token(anew)` gives the host app's token; `anew`: the last one was refused. */
  constructor({ base = location.origin, token }) {
    super();
    this.base = base;
    this.token = token;
    this.places = new Map(); // conversation -> {epoch, seq}
    this.waiting = new Map(); // id of an event sent -> {type, resolve, reject}
    this.unanswered = new Map(); // client_msg_id -> the message.send, until it is answered
    this.attempts = 0;
    this.closed = false;
    this.timer = null;
    this.pause = null;
    this.anew = false;
  }

  /** Resolves with the first welcome, however long it takes; rejects when there will be none. Called once. */
  connect() {
    return new Promise((resolve, reject) => {
      this.first = { resolve, reject };
      this.#dial();
    });
  }

  /** Resolves with `conversation.opened`; a `reply.snapshot` comes after it when a reply is under way. */
  open(show, character) {
    return this.#ask({ type: "conversation.open", show, character, mode: "canon" }, "conversation.opened");
  }

  /**
   * Resolves with `message.accepted`; rejects with the error event, or when the client is stopped. A message that is
   * not answered when the connection breaks is sent again with the same `clientMsgId`, which is harmless.
   */
  say(conversation, text, clientMsgId = crypto.randomUUID()) {
    const id = crypto.randomUUID();
    const event = { type: "message.send", id, client_msg_id: clientMsgId, conversation, text, voice: false };
    return new Promise((resolve, reject) => {
      if (this.closed) return reject(LOST);
      this.unanswered.set(clientMsgId, { event, resolve, reject });
      this.#send(event);
    });
  }

  cancel(turn) {
    this.#send({ type: "turn.cancel", turn });
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

  /** A request with the token; should it be refused, once more with a new one. */
  async #fetch(path, init) {
    for (const anew of [false, true]) {
      const token = await this.token(anew);
      const answer = await fetch(this.base + path, { ...init, headers: { authorization: `Bearer ${token}`, ...(init.body ? { "content-type": "application/json" } : {}) } });
      if (answer.status === 401 && !anew) continue;
      const body = await answer.json();
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
      socket.onopen = () => this.#hello(socket);
      socket.onmessage = (message) => socket === this.socket && this.#take(JSON.parse(message.data));
      socket.onclose = (event) => socket === this.socket && this.#lost(event.code);
    } catch (error) {
      if (error.class === "forbidden") this.#stop(4503);
      else this.#again(1006);
    }
  }

  #hello(socket) {
    if (this.closed || socket !== this.socket) return socket.close();
    const resume = [...this.places].map(([conversation, place]) => ({ conversation, ...place }));
    this.#send({ type: "hello", protocol: PROTOCOL, client: "page/1.0", resume });
  }

  #welcomed(welcome) {
    this.welcome = welcome;
    this.attempts = 0;
    const lost = welcome.resumed.filter((answer) => !answer.recovered);
    for (const answer of lost) this.places.delete(answer.conversation);
    this.first.resolve(welcome);
    this.#tell("connected", welcome);
    for (const answer of lost) this.#tell("lost", answer);
    for (const { event } of this.unanswered.values()) this.#send(event);
  }

  #ask(event, type) {
    const id = crypto.randomUUID();
    return new Promise((resolve, reject) => {
      if (this.socket?.readyState !== WebSocket.OPEN) return reject(LOST);
      this.waiting.set(id, { type, resolve, reject });
      this.#send({ ...event, id });
    });
  }

  /** Send now or not at all: what must arrive is in `unanswered`, and goes out again after the next welcome. */
  #send(event) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify({ id: crypto.randomUUID(), ...event }));
  }

  #take(event) {
    switch (event.type) {
      case "welcome":
        return this.#welcomed(event);
      case "goodbye":
        this.pause = event.reconnect_in_ms;
        return;
      case "error":
        return this.#refused(event);
      case "message.accepted":
        this.unanswered.get(event.client_msg_id)?.resolve(event);
        this.unanswered.delete(event.client_msg_id);
        break;
      case "conversation.opened":
        this.places.set(event.conversation, { epoch: event.epoch, seq: event.seq });
        break;
      case "reply.snapshot":
        this.places.set(event.conversation, { epoch: event.epoch, seq: event.through_seq });
        break;
    }
    if (event.seq !== undefined && event.type !== "conversation.opened" && !this.#isNews(event)) return;
    for (const [id, asked] of this.waiting) {
      if (asked.type === event.type) {
        this.waiting.delete(id);
        asked.resolve(event);
        break; // answers come in the order of the questions
      }
    }
    this.#tell("event", event);
  }

  #refused(event) {
    const asked = this.waiting.get(event.ref);
    this.waiting.delete(event.ref);
    asked?.reject(event);
    for (const [clientMsgId, message] of this.unanswered) {
      if (message.event.id !== event.ref) continue;
      this.unanswered.delete(clientMsgId);
      message.reject(event);
    }
    this.#tell("error", event);
  }

  /** Whether a log event is new here. One that came before is dropped; before one that comes too early, ask to resume. */
  #isNews(event) {
    const place = this.places.get(event.conversation);
    if (place && place.epoch === event.epoch) {
      if (event.seq <= place.seq) return false;
      if ((event.from_seq ?? event.seq) > place.seq + 1) {
        const socket = this.socket;
        this.socket = null; // nothing more is taken from it
        socket.close(GAP);
        this.#lost(GAP);
        return false;
      }
    }
    this.places.set(event.conversation, { epoch: event.epoch, seq: event.seq });
    return true;
  }

  #lost(code) {
    this.socket = null;
    for (const asked of this.waiting.values()) asked.reject(LOST);
    this.waiting.clear();
    this.anew = code === TICKET_REFUSED;
    if (code >= STOP_FROM && !this.anew) this.#stop(code);
    else this.#again(code);
  }

  #again(code) {
    if (this.closed || this.timer !== null) return;
    const backOff = RECONNECT_MS[Math.min(this.attempts++, RECONNECT_MS.length - 1)] * (0.5 + Math.random());
    const delay = this.pause ?? backOff;
    this.pause = null;
    this.timer = setTimeout(() => this.#dial(), delay);
    this.#tell("disconnected", { code, delay });
  }

  #stop(code) {
    if (this.closed) return;
    this.closed = true;
    clearTimeout(this.timer);
    this.timer = null;
    this.first?.reject(LOST);
    for (const asked of [...this.waiting.values(), ...this.unanswered.values()]) asked.reject(LOST);
    this.waiting.clear();
    this.unanswered.clear();
    this.#tell("stopped", { code });
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

/** The text of one reply, put together by offsets: what is there is skipped, so that nothing is ever doubled. */
export class ReplyText {
  constructor() {
    this.points = [];
  }

  /** The text with this event in it; null, and nothing changed, when words before it are missing: then open again. */
  apply(event) {
    if (event.type === "reply.snapshot") this.points = [...event.text];
    else if (event.offset > this.points.length) return null;
    else this.points.push(...[...event.text].slice(this.points.length - event.offset));
    return this.points.join("");
  }
}
