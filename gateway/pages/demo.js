// The demo page: a host app's page, kept plain. Everything it knows of Encore is in encore-client.js.

import { EncoreClient, ReplyText } from "/demo/encore-client.js";

const VISITOR = "encore-demo-visitor";
const $ = (id) => document.getElementById(id);

const RENEW_BEFORE_MS = 60_000;

const page = {
  client: null,
  visit: null,
  conversation: null,
  character: "",
  turn: null,
  price: null,
  replies: new Map(),
  renewing: null, // the visit that renews the token: one for everybody who waits for it
  held: null, // events that came while the messages are being loaded
  unsent: null, // {conversation, text, id} of a message whose answer never came: said again, it keeps its id
  opening: 0,
  opened: false,
};

async function visit(watched) {
  const answer = await fetch("/demo/visit", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ fan: localStorage.getItem(VISITOR), ...(watched ? { watched } : {}) }),
  });
  if (!answer.ok) throw new Error("Encore cannot be reached.");
  page.visit = await answer.json();
  page.renewAt = Date.now() + page.visit.expires_in_s * 1000 - RENEW_BEFORE_MS;
  localStorage.setItem(VISITOR, page.visit.fan);
}

/** The token of this visit; a new one shortly before it ends, or when it was refused. */
async function token(anew) {
  if (anew || Date.now() >= page.renewAt) {
    page.renewing ??= visit(page.visit.watched).finally(() => (page.renewing = null));
  }
  await page.renewing;
  return page.visit.token;
}

async function begin(watched) {
  const before = page.client;
  page.client = null;
  before?.close();
  await visit(watched);
  $("title").textContent = page.visit.title;
  $("episodes").textContent = page.visit.episodes;
  document.title = `Encore: ${page.visit.title}`;
  fillEpisodes();
  const client = new EncoreClient({ token });
  page.client = client;
  client.addEventListener("event", (event) => take(event.detail));
  client.addEventListener("error", (event) => tellTrouble(event.detail.message));
  client.addEventListener("disconnected", () => tellTrouble("The connection was lost; trying again …"));
  client.addEventListener("stopped", () => client === page.client && tellTrouble("The chat has ended; reload the page."));
  client.addEventListener("connected", () => tellTrouble(""));
  client.addEventListener("connected", () => page.character && !page.opened && open(page.character));
  client.addEventListener("lost", () => page.character && open(page.character));
  const welcome = await client.connect();
  $("disclosure").textContent = welcome.disclosure.text;
  $("model").textContent = welcome.model;
  showWallet(welcome.wallet);
  visitShop(client).catch((error) => tellTrouble(error.message));
  const { characters } = await client.get(`/v1/shows/${page.visit.show}/characters`);
  fillCast(characters);
  const first = characters.find((one) => one.slug === page.character) ?? characters[0];
  if (first) await open(first.slug);
}

function fillEpisodes() {
  $("watched").replaceChildren(
    ...Array.from({ length: page.visit.episodes }, (_, n) => new Option(n + 1, n + 1, false, n + 1 === page.visit.watched)),
  );
}

function fillCast(characters) {
  $("cast").replaceChildren(
    ...characters.map((one) => {
      const button = element("button", { type: "button" });
      button.dataset.slug = one.slug;
      button.append(element("strong", {}, one.name), element("span", {}, one.tagline));
      button.addEventListener("click", () => open(one.slug));
      const item = element("li");
      item.append(button);
      return item;
    }),
  );
}

/** Show a conversation as it stands: its messages, then what comes. Of two openings at once, the later one counts. */
async function open(slug) {
  const opening = ++page.opening;
  page.character = slug;
  page.held = [];
  page.opened = false;
  try {
    const opened = await page.client.open(page.visit.show, slug);
    if (opening !== page.opening) return;
    Object.assign(page, { conversation: opened.conversation, price: opened.price, turn: null });
    const { messages } = await page.client.get(`/v1/conversations/${opened.conversation}/messages`);
    if (opening !== page.opening) return;
    show(opened, messages);
    const held = page.held;
    page.held = null;
    page.opened = true;
    for (const event of held) take(event);
  } catch (error) {
    if (opening !== page.opening) return;
    page.held = null;
    tellTrouble(error.message);
  }
}

function show(opened, messages) {
  page.replies.clear();
  for (const button of $("cast").querySelectorAll("button")) {
    button.setAttribute("aria-current", String(button.dataset.slug === page.character));
  }
  $("who").textContent = opened.character.name;
  $("price").textContent = `${opened.price.text} credits a message`;
  $("log").replaceChildren();
  if (opened.greeting) addBubble("character", opened.greeting);
  for (const message of messages) restore(message);
  setBusy(false);
  $("words").focus();
}

function restore(message) {
  if (message.role === "fan") {
    addBubble("fan", message.text);
    return;
  }
  const bubble = replyBubble(message.turn);
  bubble.text.apply({ type: "reply.snapshot", text: message.text });
  bubble.words.textContent = message.text;
  if (message.receipt) tellEnd(bubble, message.status, message.receipt, []);
}

async function send() {
  const text = $("words").value.trim();
  if (!text || page.turn) return;
  tellTrouble("");
  const bubble = addBubble("fan", text);
  $("words").value = "";
  setBusy(true);
  const again = page.unsent?.conversation === page.conversation && page.unsent.text === text;
  page.unsent = again ? page.unsent : { conversation: page.conversation, text, id: crypto.randomUUID() };
  try {
    const accepted = await page.client.say(page.conversation, text, page.unsent.id);
    page.unsent = null;
    if (accepted.turn !== page.turn && page.replies.has(accepted.turn)) {
      bubble.remove(); // it had been taken long ago, and its reply has ended
      setBusy(false);
    }
  } catch (error) {
    if (error.code === "insufficient_credits") fillShop(error.packs);
    if (error.type === "error") page.unsent = null; // an answer: nothing of the message was kept
    bubble.remove();
    $("words").value = text;
    setBusy(false);
    tellTrouble(error.message);
  }
}

function take(event) {
  if (event.conversation !== page.conversation) return;
  if (page.held) {
    page.held.push(event);
    return;
  }
  if (event.type === "message.accepted") {
    page.turn = event.turn;
    setBusy(true);
    replyBubble(event.turn).item.dataset.state = "thinking";
  } else if (event.type === "reply.delta" || event.type === "reply.snapshot") {
    page.turn = event.turn;
    setBusy(true);
    const bubble = replyBubble(event.turn);
    const text = bubble.text.apply(event);
    if (text === null) {
      open(page.character); // words are missing: see the whole again
      return;
    }
    bubble.item.dataset.state = "speaking";
    bubble.words.textContent = text;
    bubble.item.scrollIntoView({ block: "end" });
  } else if (event.type === "reply.done") {
    const bubble = replyBubble(event.turn);
    tellEnd(bubble, event.status, event.receipt, event.sources);
    showWallet(event.wallet);
    $("announcer").textContent = `${$("who").textContent}: ${bubble.words.textContent}`;
    page.turn = null;
    setBusy(false);
  }
}

function replyBubble(turn) {
  if (!page.replies.has(turn)) {
    const item = addBubble("character", "");
    const words = element("span");
    item.append(words);
    page.replies.set(turn, { item, words, text: new ReplyText() });
  }
  return page.replies.get(turn);
}

const ENDINGS = { completed: "", cancelled: "You stopped this reply. ", failed: "This reply broke off. ", refused: "" };

function tellEnd(bubble, status, receipt, sources) {
  bubble.item.dataset.state = status;
  for (const told of bubble.item.querySelectorAll("small, details")) told.remove();
  const charged = receipt.charged.text + receipt.charged.voice;
  const cost = charged ? `${charged} credits` : "free of charge";
  const line = element("small", {}, `${ENDINGS[status]}${cost} · price version ${receipt.price_version}`);
  bubble.item.append(line);
  if (sources.length) bubble.item.append(sourceList(sources));
  bubble.item.scrollIntoView({ block: "end" });
}

function sourceList(sources) {
  const details = element("details");
  details.append(element("summary", {}, `${sources.length} scenes recalled`));
  for (const source of sources) {
    details.append(element("div", {}, `Episode ${source.episode}, scene ${source.scene}`), element("blockquote", {}, source.quote));
  }
  return details;
}

function addBubble(role, text) {
  const item = element("li", { className: role }, text);
  $("log").append(item);
  item.scrollIntoView({ block: "end" });
  return item;
}

function setBusy(busy) {
  $("words").disabled = !page.conversation;
  $("send").disabled = busy || !page.conversation;
  $("stop").hidden = !busy;
}

function showWallet(wallet) {
  $("balance").textContent = `${wallet.available} credits left`;
}

/** Whether credits can be bought here, and the order that the till has just led back from. */
async function visitShop(client) {
  const { packs } = await client.get("/v1/packs").catch(() => ({ packs: [] }));
  $("more").hidden = !packs.length;
  const order = new URLSearchParams(location.search).get("order");
  if (!order) return;
  history.replaceState(null, "", location.pathname);
  const bought = await client.post(`/v1/checkout/${order}/sync`);
  if (bought.state === "paid") $("announcer").textContent = `You bought ${bought.title}.`;
  const wallet = await client.get("/v1/wallet");
  showWallet(wallet);
}

function fillShop(packs) {
  $("shop").hidden = !packs.length;
  $("packs").replaceChildren(
    ...packs.map((pack) => {
      const button = element("button", { type: "button" });
      const often = pack.interval ? ` a ${pack.interval}` : "";
      button.append(element("strong", {}, pack.title), element("span", {}, money(pack.amount_minor, pack.currency) + often));
      button.addEventListener("click", () => buy(pack).catch((error) => tellTrouble(error.message)));
      const item = element("li");
      item.append(button);
      return item;
    }),
  );
}

/** Off to the till's page; it leads back to this one, which asks what became of the order. */
async function buy(pack) {
  const back = `${location.origin}${location.pathname}?order={ORDER}`;
  const opened = await page.client.post("/v1/checkout", { pack: pack.pack, shortfall: pack.credits, return_url: back });
  location.assign(opened.url);
}

function money(minor, currency) {
  const format = new Intl.NumberFormat(undefined, { style: "currency", currency });
  return format.format(minor / 10 ** format.resolvedOptions().maximumFractionDigits);
}

function tellTrouble(sentence) {
  $("trouble").textContent = sentence;
}

function element(name, properties = {}, text = "") {
  return Object.assign(document.createElement(name), properties, text ? { textContent: text } : {});
}

$("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});
$("words").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    send();
  }
});
$("more").addEventListener("click", async () => {
  const { packs } = $("shop").hidden ? await page.client.get("/v1/packs") : { packs: [] };
  fillShop(packs);
});
$("stop").addEventListener("click", () => page.turn && page.client.cancel(page.turn));
$("watched").addEventListener("change", () => begin(Number($("watched").value)).catch(() => tellTrouble("This did not work; reload the page.")));

begin().catch((error) => tellTrouble(error.message ?? "Encore cannot be reached; reload the page."));
