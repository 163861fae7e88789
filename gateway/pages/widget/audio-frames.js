// A binary frame of audio as docs/voice.md describes it. Pure: bytes in, a frame out.

const HEAD_BYTES = 16;
const VERSION = 1;
const KIND_AUDIO = 1;
export const OPENS_SEGMENT = 1; // a decoder may begin here

/** The frame; null for what is none, or of another version. `payload` is a view into the frame's bytes. */
export function readFrame(bytes) {
  if (bytes.byteLength < HEAD_BYTES) return null;
  const head = new DataView(bytes);
  if (head.getUint8(0) !== VERSION || head.getUint8(1) !== KIND_AUDIO) return null;
  const flags = head.getUint16(2);
  return {
    stream: head.getUint32(4),
    seq: head.getUint32(8),
    ptsMs: head.getUint32(12),
    opens: (flags & OPENS_SEGMENT) !== 0,
    payload: new Uint8Array(bytes, HEAD_BYTES),
  };
}
