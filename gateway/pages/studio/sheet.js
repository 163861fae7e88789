// The editor of a sheet. What is written is saved as it is written, on top of what was seen: when somebody else has
// saved meanwhile, what both changed apart is put together, and what both changed alike is laid side by side. Until the
// server has it, what is written is also kept by this browser. It never sends a sheet to anybody but its own address.
import { csrf, say, send } from "../staff/staff.js";
import { draw } from "./timeline.js";

const host = document.getElementById("sheet");
const last = Number(host.dataset.last);
const engine = host.dataset.engine;
const cues = JSON.parse(host.dataset.cues);
const SAVE_MS = 700;
const KEPT = `encore-sheet:${host.dataset.address}`;

const SECTIONS = [
  ["Who", [
    ["name", "Name", "line"], ["cue", "Cue in the script", "cue"], ["tagline", "Tagline", "line"],
    ["essence", "Who they are, in the second person, true from their first episode", "text"],
    ["aliases", "Further names", "aliases"],
    ["minor", "A minor: no romance with anybody", "check"], ["sentences_max", "Sentences in a usual reply", "number"],
  ]],
  ["Voice", [
    ["voice.description", "How they speak", "text"], ["voice.says", "They say", "dated"],
    ["voice.never", "They never", "lines"],
  ]],
  ["Read aloud", [
    ["heard_as.elevenlabs", "ElevenLabs voice", "line"], ["heard_as.kokoro", "Kokoro voice", "line"],
    ["heard_as.piper", "Piper voice", "line"], ["heard_as.tone", "Tone (for tests)", "line"],
    ["heard_as.speed", "Speed, 0.7 to 1.2", "decimal"],
  ]],
  ["Wants", [["wants", "", "dated"]]],
  ["Facts they know", [["facts", "", "dated"]]],
  ["Secrets", [["secrets", "The viewer learns it from its episode; until it is out they keep it", "secrets"]]],
  ["Boundaries", [["boundaries", "", "lines"]]],
  ["Greetings", [["greetings", "", "dated"]]],
  ["Sample answers", [["examples", "", "examples"]]],
  ["Ways of not answering", [["deflections", "", "dated"]]],
  ["Goodbyes", [["goodbyes", "", "dated"]]],
  ["Lorebook", [
    ["lore.scan_depth", "Messages looked through", "number"], ["lore.token_budget", "Tokens at most", "number"],
    ["lore.recursive", "Entries bring others to mind", "check"], ["lore.entries", "", "lore"],
  ]],
];
/** What each list is called, for whoever does not see where a field of it stands. */
const NAMES = Object.fromEntries(
  SECTIONS.flatMap(([title, fields]) => fields.map(([path, label]) => [path, fields.length === 1 ? title : label || title])),
);
const EMPTY = {
  dated: { text: "" }, secrets: { text: "" }, examples: { fan: "", reply: "" }, lines: "", aliases: { text: "" },
  lore: { text: "", keys: [] },
};

let content = JSON.parse(host.dataset.content);
let seen = structuredClone(content);
let revision = Number(host.dataset.revision);
let timer, saving = false, waiting = false;

const same = (one, other) => JSON.stringify(one ?? null) === JSON.stringify(other ?? null);

function at(path) {
  return path.split(".").reduce((value, key) => value?.[key], content);
}

function put(path, value) {
  const keys = path.split("."), name = keys.pop();
  let place = content;
  for (const key of keys) place = place[key] ??= {};
  const nothing = value === "" || value === undefined || value === null || (Array.isArray(value) && !value.length);
  if (nothing) delete place[name];
  else place[name] = value;
  if (keys.length && !Object.keys(at(keys.join(".")) ?? {}).length && keys[0] !== "voice") delete content[keys[0]];
  written();
}

function make(tag, fields = {}, ...inside) {
  const element = Object.assign(document.createElement(tag), fields);
  element.append(...inside);
  return element;
}

function labelled(text, input) {
  return make("label", {}, text, input);
}

function number(value, change, fields = {}) {
  const input = make("input", { type: "number", value: value ?? "", ...fields });
  input.addEventListener("input", () => change(input.value === "" ? undefined : Number(input.value)));
  return input;
}

function words(value, change, rows = 2) {
  const input = make("textarea", { value: value ?? "", rows });
  input.addEventListener("input", () => change(input.value));
  return input;
}

function when(part, changed) {
  const track = make("span", { className: "track" });
  const show = () => draw(track, part.from_episode ?? 1, part.until_episode ?? 0, last);
  const set = (key) => (value) => {
    if (value === undefined) delete part[key];
    else part[key] = value;
    show();
    changed();
  };
  show();
  return make("div", { className: "when" },
    labelled("from episode", number(part.from_episode ?? 1, set("from_episode"), { min: 0 })),
    labelled("until", number(part.until_episode, set("until_episode"), { min: 1, placeholder: "–" })), track);
}

/** A list of parts with their tools; `row` draws one. */
function list(path, kind, row) {
  const box = make("div", {});
  const parts = () => at(path) ?? [];
  const store = (value) => { put(path, value); render(); };
  function render() {
    box.replaceChildren(...parts().map((part, n) => {
      const line = make("div", { className: "part" });
      line.dataset.where = `${path}.${n}`;
      const changed = (value) => put(path, parts().map((old, m) => (m === n ? value ?? part : old)));
      const move = (by) => {
        const next = [...parts()];
        const [taken] = next.splice(n, 1);
        next.splice(n + by, 0, taken);
        store(next);
      };
      const tools = make("div", { className: "tools" });
      const tool = (label, text, act, off) => {
        const button = make("button", { type: "button", className: "x", textContent: text, title: label, disabled: off });
        button.setAttribute("aria-label", label);
        button.addEventListener("click", act);
        tools.append(button);
      };
      tool("Move up", "↑", () => move(-1), n === 0);
      tool("Move down", "↓", () => move(1), n === parts().length - 1);
      tool("Remove", "×", () => store(parts().filter((_, m) => m !== n)), false);
      row(line, part, changed, n);
      for (const field of line.querySelectorAll("input, textarea")) {
        if (!field.closest("label")) field.setAttribute("aria-label", `${NAMES[path]}, ${n + 1}`);
      }
      line.append(tools);
      return line;
    }), add);
  }
  const add = make("button", { type: "button", textContent: "+ one more", className: "quiet" });
  add.addEventListener("click", () => {
    store([...parts(), structuredClone(EMPTY[kind])]);
    box.querySelector(".part:last-of-type textarea, .part:last-of-type input")?.focus();
  });
  render();
  return box;
}

const keysOf = (text) => text.split(",").map((one) => one.trim()).filter(Boolean);

const ROWS = {
  dated(line, part, changed) {
    line.append(words(part.text, (text) => { part.text = text; changed(); }), when(part, changed));
  },
  secrets(line, part, changed) {
    const kept = make("input", { value: (part.kept_from ?? []).join(", "), placeholder: "nobody" });
    kept.addEventListener("input", () => {
      part.kept_from = keysOf(kept.value);
      if (!part.kept_from.length) delete part.kept_from;
      changed();
    });
    line.append(words(part.text, (text) => { part.text = text; changed(); }), when(part, changed));
    line.append(make("div", { className: "more" }, labelled("kept from", kept)));
  },
  examples(line, part, changed) {
    const both = make("div", { className: "stack" },
      labelled("a fan says", words(part.fan, (text) => { part.fan = text; changed(); }, 1)),
      labelled("they answer", words(part.reply, (text) => { part.reply = text; changed(); })));
    line.append(both, when(part, changed));
  },
  lines(line, part, changed) {
    line.classList.add("plain-list");
    line.append(words(part, (text) => changed(text), 1));
  },
  aliases(line, part, changed) {
    const one = typeof part === "string" ? { text: part } : part;
    const told = () => changed(one.from_episode > 1 || one.until_episode ? one : one.text);
    const input = make("input", { value: one.text });
    input.addEventListener("input", () => { one.text = input.value; told(); });
    line.append(input, when(one, told));
  },
  lore(line, part, changed) {
    const keys = make("input", { value: (part.keys ?? []).join(", ") });
    keys.addEventListener("input", () => { part.keys = keysOf(keys.value); changed(); });
    const check = (key, text) => {
      const box = make("input", { type: "checkbox", checked: Boolean(part[key]) });
      box.addEventListener("change", () => { part[key] = box.checked; changed(); });
      return make("label", { className: "inline" }, box, text);
    };
    line.append(words(part.text, (text) => { part.text = text; changed(); }), when(part, changed));
    line.append(make("div", { className: "more" }, labelled("comes to mind at", keys),
      make("div", { className: "bar" }, check("constant", "always"), check("use_regex", "keys are patterns"),
        check("case_sensitive", "case matters"))));
  },
};

function field([path, label, kind]) {
  if (ROWS[kind]) {
    const box = make("div", {}, ...(label ? [make("h3", { textContent: label })] : []), list(path, kind, ROWS[kind]));
    return box;
  }
  let input;
  if (kind === "text") input = words(at(path), (text) => put(path, text), 3);
  else if (kind === "number") input = number(at(path), (value) => put(path, value), { min: 0 });
  else if (kind === "decimal") input = number(at(path), (value) => put(path, value), { min: 0.7, max: 1.2, step: 0.05 });
  else if (kind === "check") {
    input = make("input", { type: "checkbox", checked: Boolean(at(path)) });
    input.addEventListener("change", () => put(path, input.checked || undefined));
    const line = make("label", { className: "inline" }, input, label);
    line.dataset.where = path;
    return line;
  } else {
    input = make("input", { value: at(path) ?? "" });
    if (kind === "cue") {
      input.setAttribute("list", "sheet-cues");
      host.append(make("datalist", { id: "sheet-cues" }, ...cues.map((cue) => make("option", { value: cue }))));
    }
    input.addEventListener("input", () => put(path, input.value));
  }
  input.name = path;
  const line = labelled(label, input);
  line.dataset.where = path;
  return line;
}

function render() {
  host.replaceChildren();
  for (const [title, fields] of SECTIONS) {
    const section = make("section", { className: "card stack" }, make("h2", { textContent: title }));
    if (title === "Read aloud") {
      const told = engine ? `Replies are read by ${engine} here.` : "Nothing is read aloud in this installation.";
      section.append(make("p", { className: "quiet small", textContent: told }));
      if (engine) section.append(listening());
    }
    section.append(...fields.map(field));
    host.append(section);
  }
}

function listening() {
  const button = make("button", { type: "button", textContent: "Listen to the first greeting" });
  const player = make("audio", { controls: true, className: "hidden" });
  button.addEventListener("click", async () => {
    button.disabled = true;
    await save();
    const answer = await fetch(host.dataset.address.replace(/draft$/, "voice"), {
      method: "POST", body: new URLSearchParams(), headers: { "x-csrf-token": csrf(), accept: "application/json" },
    });
    button.disabled = false;
    if (!answer.ok) {
      say((await answer.json()).error.message, "bad");
      return;
    }
    player.src = URL.createObjectURL(await answer.blob());
    player.classList.remove("hidden");
    player.play();
  });
  return make("div", { className: "bar" }, button, player);
}

function shown(found) {
  const box = document.querySelector("#found div");
  const rows = [
    ...found.wrong.map((one) => ["bad", "not right", one]),
    ...found.giveaways.map((one) => ["bad", "tells too early", one]),
    ...found.gaps.map((one) => ["warn", "to be written", one]),
  ];
  for (const marked of host.querySelectorAll(".marked")) marked.classList.remove("marked");
  const items = rows.map(([look, kind, one]) => {
    const place = host.querySelector(`[data-where="${CSS.escape(one.where)}"]`);
    if (look === "bad") place?.classList.add("marked");
    const go = make("button", { type: "button", textContent: one.where });
    go.addEventListener("click", () => {
      place?.scrollIntoView({ block: "center" });
      place?.querySelector("textarea, input")?.focus();
    });
    const item = make("li", {}, make("span", { className: `badge ${look}`, textContent: kind }), " ", go, ` ${one.what}`);
    if (one.line) item.append(make("blockquote", { textContent: `Episode ${one.episode}: ${one.line}` }));
    return item;
  });
  box.replaceChildren(items.length ? make("ul", { className: "plain small" }, ...items)
    : make("p", { className: "alert good small", textContent: "Nothing to look at." }));
}

function told(text) {
  document.getElementById("saved").textContent = text;
  document.getElementById("called").textContent = content.name || "";
}

function written() {
  localStorage.setItem(KEPT, JSON.stringify({ content, revision }));
  told("Writing …");
  document.getElementById("saved").dataset.state = "writing";
  clearTimeout(timer);
  timer = setTimeout(save, SAVE_MS);
}

async function save() {
  clearTimeout(timer);
  if (saving) { waiting = true; return; }
  saving = true;
  const sent = structuredClone(content);
  const { status, body } = await send(host.dataset.address, { content: JSON.stringify(sent), revision });
  saving = false;
  if (status === 200) {
    seen = sent;
    revision = body.revision;
    if (same(content, sent)) {
      localStorage.removeItem(KEPT);
      told(`Revision ${revision}, saved`);
      document.getElementById("saved").dataset.state = "saved";
    }
    shown(body.found);
  } else if (status === 409) {
    merge(body.theirs);
    return;
  } else {
    told(`Not saved: ${body.error.message}`);
    say("Not saved yet; what you wrote is kept in this browser.", "bad");
    timer = setTimeout(save, 5_000);
  }
  if (waiting) { waiting = false; save(); }
}

/** Put together what two have written: what only one changed is theirs; what both changed is asked for. */
function merge(theirs) {
  waiting = false;
  const both = [];
  const next = {};
  for (const key of new Set([...Object.keys(content), ...Object.keys(theirs.content)])) {
    const mine = content[key], other = theirs.content[key], before = seen[key];
    if (same(mine, other) || same(other, before)) next[key] = mine;
    else if (same(mine, before)) next[key] = other;
    else both.push(key);
    if (next[key] === undefined) delete next[key];
  }
  const settle = (choices) => {
    for (const [key, value] of Object.entries(choices)) if (value !== undefined) next[key] = value;
    content = next;
    seen = structuredClone(theirs.content);
    revision = theirs.revision;
    render();
    save();
  };
  if (!both.length) {
    say(`Put together with what ${theirs.by} wrote`);
    settle({});
    return;
  }
  const dialog = document.getElementById("conflict");
  document.getElementById("whose").textContent = `${theirs.by} and you changed the same parts. Choose for each; the other stays in the history.`;
  const plain = (value) => (typeof value === "string" ? value : JSON.stringify(value, null, 1) ?? "nothing");
  document.getElementById("differences").replaceChildren(...both.map((key) => {
    const side = (name, who, value, checked) => make("label", {},
      make("span", {}, make("input", { type: "radio", name: `of-${key}`, value: name, checked }), ` ${who}`),
      make("pre", { textContent: plain(value) }));
    return make("div", {}, make("h3", { textContent: key }), make("div", { className: "sides" },
      side("mine", "yours", content[key], true), side("theirs", theirs.by, theirs.content[key], false)));
  }));
  dialog.showModal();
  document.getElementById("settle").onclick = () => {
    const choices = Object.fromEntries(both.map((key) => {
      const chosen = dialog.querySelector(`input[name="of-${CSS.escape(key)}"]:checked`).value;
      return [key, chosen === "mine" ? content[key] : theirs.content[key]];
    }));
    dialog.close();
    settle(choices);
  };
}

function restore() {
  const kept = JSON.parse(localStorage.getItem(KEPT) ?? "null");
  if (!kept || same(kept.content, content)) {
    localStorage.removeItem(KEPT);
    return;
  }
  if (kept.revision === revision) {
    content = kept.content;
    say("What was not saved last time is here again");
    written();
  } else {
    const theirs = { content, revision, by: "somebody else" };
    localStorage.removeItem(KEPT);
    seen = {};
    content = kept.content;
    merge(theirs);
  }
}

document.getElementById("hand-in").addEventListener("submit", async (event) => {
  if (document.getElementById("saved").dataset.state !== "writing") return;
  event.preventDefault();
  await save();
  if (document.getElementById("saved").dataset.state === "saved") event.target.submit();
});
addEventListener("beforeunload", () => {
  if (document.getElementById("saved").dataset.state !== "writing") return;
  const body = new URLSearchParams({ content: JSON.stringify(content), revision, csrf: csrf() });
  navigator.sendBeacon(host.dataset.address, body);
});

render();
shown(JSON.parse(host.dataset.found));
restore();
