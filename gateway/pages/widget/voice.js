// A reply that is heard: frames of audio are put on the audio clock, and the word that is being heard is told.
//
// It knows nothing of the page. Audio of the newest replies is kept, so that one can be heard again for nothing; it is
// never stored. `pcm_s16le` is played frame by frame, `mp3` sentence by sentence.

const KEPT = 6; // replies whose audio stays
const PREFACE_MS = 400; // a reply whose first word has not come by then has something before it
const AHEAD_S = 0.12; // how far before its time audio is put on the clock

class Recording {
  constructor({ turn, stream, codec, sample_rate: rate }) {
    Object.assign(this, { turn, stream, codec, rate, frames: [], words: [], done: false, durationMs: 0, dropped: false });
  }
}

export class VoicePlayer extends EventTarget {
  constructor() {
    super();
    this.recordings = new Map(); // turn -> Recording
    this.playing = null; // the Recording that is heard
    this.context = null;
    this.live = true;
  }

  /** To be called while the fan presses something: no page may make a sound before. */
  unlock() {
    this.context ??= new AudioContext();
    if (this.context.state === "suspended") this.context.resume().catch(() => {});
  }

  has(turn) {
    return (this.recordings.get(turn)?.frames.length ?? 0) > 0;
  }

  /** An event of docs/voice.md. */
  take(event) {
    const known = this.recordings.get(event.turn);
    if (event.type === "audio.start") this.#start(event, known);
    else if (!known) return;
    else if (event.type === "audio.marks") known.words.push(...event.words);
    else if (event.type === "audio.done") {
      Object.assign(known, { done: true, durationMs: event.duration_ms });
      this.#pump(known);
    } else if (event.type === "voice.degraded") known.done = true;
  }

  #start(event, known) {
    if (known && known.stream === event.stream) return; // told again at a later sentence
    const recording = new Recording(event);
    this.recordings.set(event.turn, recording);
    while (this.recordings.size > KEPT) this.recordings.delete(this.recordings.keys().next().value);
    if (this.live) this.play(event.turn);
  }

  /** A binary frame. */
  frame(frame) {
    for (const recording of this.recordings.values()) {
      if (recording.stream !== frame.stream) continue;
      const place = recording.frames.at(-1)?.seq ?? -1;
      if (frame.seq <= place) return;
      recording.frames.push(frame);
      if (recording === this.playing) this.#pump(recording);
      this.#tell("recorded", { turn: recording.turn });
      return;
    }
  }

  play(turn) {
    const recording = this.recordings.get(turn);
    if (!recording) return;
    this.stop();
    this.unlock();
    Object.assign(recording, { next: 0, base: null, nodes: new Set(), pending: 0 });
    this.playing = recording;
    this.#tell("playing", { turn });
    this.#pump(recording);
    this.#watch();
  }

  stop() {
    const recording = this.playing;
    if (!recording) return;
    this.playing = null;
    for (const node of recording.nodes) node.stop();
    recording.nodes.clear();
    this.#tell("word", { turn: recording.turn, word: null });
    this.#tell("stopped", { turn: recording.turn });
  }

  close() {
    this.stop();
    this.context?.close();
    this.context = null;
  }

  /** How much of a reply was heard, in ms; undefined when it is not being heard. */
  heardMs(turn) {
    if (this.playing?.turn !== turn) return undefined;
    return Math.max(0, Math.round(this.#position(this.playing)));
  }

  /** Put what has come on the clock. */
  #pump(recording) {
    if (recording !== this.playing) return;
    while (recording.next < recording.frames.length) {
      if (recording.codec === "pcm_s16le") {
        const frame = recording.frames[recording.next++];
        this.#schedule(recording, frame.ptsMs, this.#samples(recording, frame.payload));
      } else if (!this.#sentence(recording)) return;
    }
  }

  #samples(recording, payload) {
    const count = payload.byteLength >> 1;
    const buffer = this.context.createBuffer(1, Math.max(1, count), recording.rate);
    const channel = buffer.getChannelData(0);
    const view = new DataView(payload.buffer, payload.byteOffset, count * 2);
    for (let place = 0; place < count; place++) channel[place] = view.getInt16(place * 2, true) / 32768;
    return buffer;
  }

  /** A whole sentence of a codec that the browser decodes; false when its end has not come. */
  #sentence(recording) {
    const rest = recording.frames.slice(recording.next);
    const end = rest.findIndex((frame, place) => place > 0 && frame.opens);
    if (end < 0 && !recording.done) return false;
    const frames = end < 0 ? rest : rest.slice(0, end);
    recording.next += frames.length;
    recording.pending += 1;
    new Blob(frames.map((frame) => frame.payload))
      .arrayBuffer()
      .then((bytes) => this.context.decodeAudioData(bytes))
      .then((buffer) => recording === this.playing && this.#schedule(recording, frames[0].ptsMs, buffer))
      .catch(() => {}) // a sentence that cannot be decoded is silent, and its text is there
      .finally(() => (recording.pending -= 1));
    return true;
  }

  #schedule(recording, ptsMs, buffer) {
    const now = this.context.currentTime;
    const due = () => recording.base + ptsMs / 1000;
    recording.base ??= now + AHEAD_S - ptsMs / 1000;
    if (due() < now) recording.base = now + AHEAD_S - ptsMs / 1000; // it came late: everything after it waits as long
    const node = this.context.createBufferSource();
    node.buffer = buffer;
    node.connect(this.context.destination);
    node.onended = () => recording.nodes.delete(node);
    recording.nodes.add(node);
    node.start(due());
    recording.endMs = ptsMs + buffer.duration * 1000;
  }

  #position(recording) {
    return recording.base === null ? 0 : (this.context.currentTime - recording.base) * 1000;
  }

  /** Tell which word is heard, once a frame, until the end. */
  #watch() {
    const recording = this.playing;
    let told = null;
    let prefaced = false;
    const look = () => {
      if (recording !== this.playing) return;
      const at = this.#position(recording);
      const word = recording.words.findLast((one) => one.start_ms <= at) ?? null;
      if (word !== told) this.#tell("word", { turn: recording.turn, word });
      told = word;
      if (!word && !prefaced && at > PREFACE_MS) {
        prefaced = true; // what is heard before the reply: that this is an AI
        this.#tell("preface", { turn: recording.turn });
      }
      const over = recording.done && recording.next >= recording.frames.length && !recording.pending && at > (recording.endMs ?? 0);
      if (over) this.stop();
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
