// The npm package `ws` holds a conversation: it opens, asks, loses the socket after the first words, comes back and
// hears the rest. Run by tests/stacks/test_stacks.py, which reads what is said on standard error.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import WebSocket from "ws";

const { URL: url, SHOW: show, CHARACTER: character, MESSAGE: message, TICKET, TICKET_AGAIN } = process.env;

/** One socket until it closes. `onEvent(event, say, socket)` gets every event that came. */
function visit(ticket, resume, onEvent) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, ["encore.v1", `ticket.${ticket}`]);
    const say = (type, fields) => socket.send(JSON.stringify({ type, id: `ws-${type}`, ...fields }));
    socket.on("open", () => say("hello", { protocol: "encore.v1", client: "ws/8", resume }));
    socket.on("message", (frame) => onEvent(JSON.parse(frame), say, socket));
    socket.on("close", resolve);
    socket.on("error", reject);
  });
}

let mark = null;
let text = "";
let done = null;
const add = (event) => {
  text = Array.from(text).slice(0, event.offset).join("") + event.text; // offsets count code points
  mark.seq = event.seq;
};

await visit(TICKET, [], (event, say, socket) => {
  if (event.type === "welcome") say("conversation.open", { show, character });
  if (event.type === "conversation.opened") {
    mark = { conversation: event.conversation, epoch: event.epoch, seq: event.seq };
    say("message.send", { conversation: event.conversation, client_msg_id: message, text: "Is it dry?" });
  }
  if (event.type === "reply.delta") {
    add(event);
    socket.terminate();
  } else if (mark && event.seq) mark.seq = event.seq;
});
console.error("dropped");
await visit(TICKET_AGAIN, [mark], (event, say, socket) => {
  if (event.type === "reply.delta") add(event);
  if (event.type === "reply.done") {
    done = event;
    socket.close();
  }
});
assert.equal(done?.status, "completed");
assert.equal(createHash("sha256").update(text).digest("hex"), done.text_sha256);
