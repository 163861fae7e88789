// A client of `encore.v1` for a page: one socket, resumed when it breaks, every word exactly once.
//
// It knows the protocol and nothing of the page. It holds, for each conversation it follows, the place in the log it
// has seen; after a broken connection it asks for what came since, so that a reply goes on where it stopped.

const PROTOCOL = "encore.v1";
const RECONNECT_MS = [250, 500, 1000, 2000, 4000, 8000];
const STOP_FROM = 4500; // close codes from here on mean: do not come back by yourself

export class EncoreClient extends EventTarget {
  /** `token()` gives the host app's token, anew whenever it is asked. */
  constructor({ base = location.origin, token }) {
    super();
    this.base = base;
    this.token = token;
    this.places = new Map(); // conversation -> {epoch, seq}
    this.waiting = new Map(); // id of an event sent -> {resolve, reject}
    this.attempts = 0;
    this.closed = false;
  }

  async connect() {
    const ticket = await this.#ticket();
    const url = this.base.replace(/^http/, "ws") + "/v1/realtime";
    const socket = new WebSocket(url, [PROTOCOL, `ticket.${ticket}`]);
    this.socket = socket;
    socket.onmessage = (message) => this.#take(JSON.parse(message.data));
    socket.onclose = (event) => this.#lost(event.code);
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = () => reject(new Error("the connection could not be opened"));
    });
    const resume = [...this.places].map(([conversation, place]) => ({ conversation, ...place }));
    const welcome = this.#next("welcome");
    this.#send({ type: "hello", protocol: PROTOCOL, client: "page/1.0", resume });
    this.welcome = await welcome;
    this.attempts = 0;
    for (const answer of this.welcome.resumed) {
      if (!answer.recovered) {
        this.places.delete(answer.conversation);
        this.#tell("lost", answer);
      }
    }
    this.#tell("connected", this.welcome);
    return this.welcome;
  }

  async open(show, character) {
    const opened = await this.#ask({ type: "conversation.open", show, character, mode: "canon" }, "conversation.opened");
    this.places.set(opened.conversation, { epoch: opened.epoch, seq: opened.seq });
    return opened;
  }

  /** Resolves with `message.accepted`; rejects with the error event. The same `clientMsgId` again is harmless. */
  say(conversation, text, clientMsgId = crypto.randomUUID()) {
    const event = { type: "message.send", client_msg_id: clientMsgId, conversation, text, voice: false };
    return this.#ask(event, "message.accepted", (answer) => answer.client_msg_id === clientMsgId);
  }

  cancel(turn) {
    this.#send({ type: "turn.cancel", turn });
  }

  close() {
    this.closed = true;
    this.socket?.close();
  }

  async get(path) {
    const answer = await fetch(this.base + path, { headers: { authorization: `Bearer ${await this.token()}` } });
    const body = await answer.json();
    if (!answer.ok) throw body.error;
    return body;
  }

  async #ticket() {
    const headers = { authorization: `Bearer ${await this.token()}` };
    const answer = await fetch(`${this.base}/v1/realtime/tickets`, { method: "POST", headers });
    const body = await answer.json();
    if (!answer.ok) throw body.error;
    return body.ticket;
  }

  #ask(event, type, fits = () => true) {
    const id = crypto.randomUUID();
    const answer = new Promise((resolve, reject) => this.waiting.set(id, { type, fits, resolve, reject }));
    this.#send({ ...event, id });
    return answer;
  }

  #next(type) {
    return new Promise((resolve, reject) => this.waiting.set(type, { type, fits: () => true, resolve, reject }));
  }

  #send(event) {
    this.socket.send(JSON.stringify({ id: crypto.randomUUID(), ...event }));
  }

  #take(event) {
    if (event.type === "error") {
      const asked = this.waiting.get(event.ref);
      this.waiting.delete(event.ref);
      if (asked) asked.reject(event);
      this.#tell("error", event);
      return;
    }
    if (event.seq !== undefined && event.type !== "conversation.opened" && !this.#isNews(event)) return;
    if (event.type === "reply.snapshot") {
      this.places.set(event.conversation, { epoch: event.epoch, seq: event.through_seq });
    }
    for (const [id, asked] of this.waiting) {
      if (asked.type === event.type && asked.fits(event)) {
        this.waiting.delete(id);
        asked.resolve(event);
      }
    }
    this.#tell("event", event);
  }

  /** Whether a log event is new here; one that came before is dropped. */
  #isNews(event) {
    const place = this.places.get(event.conversation);
    if (place && place.epoch === event.epoch && event.seq <= place.seq) {
      return event.type === "message.accepted"; // the answer to a message that is sent again
    }
    this.places.set(event.conversation, { epoch: event.epoch, seq: event.seq });
    return true;
  }

  #lost(code) {
    for (const asked of this.waiting.values()) asked.reject({ code: "disconnected", message: "The connection was lost." });
    this.waiting.clear();
    if (this.closed || code >= STOP_FROM) {
      this.#tell("stopped", { code });
      return;
    }
    const delay = RECONNECT_MS[Math.min(this.attempts++, RECONNECT_MS.length - 1)] * (0.5 + Math.random());
    this.#tell("disconnected", { code, delay });
    setTimeout(() => this.connect().catch(() => this.socket?.readyState === WebSocket.CLOSED && this.#lost(1006)), delay);
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

  apply(event) {
    if (event.type === "reply.snapshot") this.points = [...event.text];
    else this.points.push(...[...event.text].slice(this.points.length - event.offset));
    return this.points.join("");
  }
}
