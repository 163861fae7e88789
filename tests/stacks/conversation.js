// k6 holds a conversation: it opens, asks, loses the socket after the first words, comes back and hears the rest.
// Run by tests/stacks/test_stacks.py; what it says on standard error is read there.
import crypto from "k6/crypto";
import ws from "k6/ws";
import { check } from "k6";

export const options = { vus: 1, iterations: 1, thresholds: { checks: ["rate==1"] } };

function visit(ticket, resume, onEvent) {
  const parameters = { headers: { "Sec-WebSocket-Protocol": `encore.v1, ticket.${ticket}` } };
  return ws.connect(__ENV.URL, parameters, (socket) => {
    const say = (type, fields) => socket.send(JSON.stringify({ type, id: `k6-${type}`, ...fields }));
    socket.on("open", () => say("hello", { protocol: "encore.v1", client: "k6/1", resume }));
    socket.on("message", (frame) => onEvent(JSON.parse(frame), say, socket));
    socket.setTimeout(() => socket.close(), 30000);
  });
}

export default function () {
  let mark = null;
  let text = "";
  let done = null;
  const add = (event) => {
    text = Array.from(text).slice(0, event.offset).join("") + event.text; // offsets count code points
    mark.seq = event.seq;
  };
  visit(__ENV.TICKET, [], (event, say, socket) => {
    if (event.type === "welcome") say("conversation.open", { show: __ENV.SHOW, character: __ENV.CHARACTER });
    if (event.type === "conversation.opened") {
      mark = { conversation: event.conversation, epoch: event.epoch, seq: event.seq };
      say("message.send", { conversation: event.conversation, client_msg_id: __ENV.MESSAGE, text: "Is it dry?" });
    }
    if (event.type === "reply.delta") {
      add(event);
      socket.close();
    } else if (mark && event.seq) mark.seq = event.seq;
  });
  console.log("dropped");
  visit(__ENV.TICKET_AGAIN, [mark], (event, say, socket) => {
    if (event.type === "reply.delta") add(event);
    if (event.type === "reply.done") {
      done = event;
      socket.close();
    }
  });
  check(done, {
    "the reply is complete": (event) => event !== null && event.status === "completed",
    "its hash is right": (event) => event !== null && crypto.sha256(text, "hex") === event.text_sha256,
  });
}
