// The sheets about the story and the talk: whom to talk to, how far the fan has watched, what a reply comes from, what
// is remembered, and what is wrong with a reply.

import { icon, make } from "./dom.js";
import { Portrait } from "./portrait.js";

export const REASONS = ["spoiler", "canon", "out_of_character", "harmful", "other"];
const REASON_TEXTS = ["report_spoiler", "report_canon", "report_character", "report_harm", "report_other"];

/** Everybody whom the fan has met. `pair`: the way to a scene with two, if there may be one. */
export function castSheet(around, pair) {
  const { chat, words } = around;
  return (body) => {
    body.append(castList(around, chat.cast, [chat.character, chat.partner], (slug) => chat.open(slug)));
    if (pair) body.append(make("button", { type: "button", className: "plain", id: "cast-scene", onclick: pair }, icon("pair"), words.t("scene_switch")));
  };
}

/** Who joins the one that the fan talks to, so that both answer. */
export function pairSheet(around) {
  const { chat, words } = around;
  return (body) => {
    const others = chat.cast.filter((one) => one.slug !== chat.character);
    body.append(make("p", {}, words.t("scene_note")), castList(around, others, [chat.partner], (slug) => chat.open(chat.character, { partner: slug })));
  };
}

function castList({ portrait, sheets }, cast, current, choose) {
  const people = cast.map((one) => {
    const face = new Portrait(portrait);
    face.show(one.slug, current.includes(one.slug) ? "warm" : "calm");
    const text = make("span", { className: "who-text" }, make("strong", { dir: "auto" }, one.name), make("span", { className: "quiet", dir: "auto" }, one.tagline));
    const go = () => {
      sheets.close();
      choose(one.slug);
    };
    const button = make("button", { type: "button", className: "person", onclick: go }, face.element, text);
    button.dataset.slug = one.slug;
    if (current.includes(one.slug)) button.setAttribute("aria-current", "true");
    return make("li", {}, button);
  });
  return make("ul", { className: "cast", id: "cast", role: "list" }, ...people);
}

/** A list of things to do. `entries`: {text, icon?, act}. */
export function menuSheet({ sheets }, entries) {
  return (body) => {
    const rows = entries.filter(Boolean).map(({ text, picture, act, id }) => {
      const go = () => {
        sheets.close();
        act();
      };
      return make("li", {}, make("button", { type: "button", className: "entry", onclick: go, id: id ?? "" }, picture ? icon(picture) : null, text));
    });
    body.append(make("ul", { className: "entries", role: "list" }, ...rows));
  };
}

/** How far the fan has watched, and back to an earlier episode. `watched`: what the host app says. */
export function horizonSheet({ chat, words, people, sheets }, watched) {
  const { t } = words;
  return (body) => {
    const now = chat.opened.horizon;
    const shown = make("output", { className: "episode-number", for: "horizon" }, words.number(now));
    const range = make("input", { id: "horizon", type: "range", min: 1, max: watched, step: 1, value: now });
    range.addEventListener("input", () => (shown.textContent = words.number(Number(range.value))));
    const form = make("form", { className: "horizon" }, make("label", { for: "horizon" }, t("horizon_label"), " ", shown), range, make("button", { className: "wide" }, t("horizon_save")));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      sheets.close();
      chat.reopen({ horizon: Number(range.value) });
    });
    body.append(make("p", {}, people().isScene ? t("horizon_note_both") : t("horizon_note", people())), form);
    if (now < watched) body.append(make("button", { type: "button", className: "plain", onclick: () => (sheets.close(), chat.reopen({ horizon: watched })) }, t("horizon_up", { episode: watched })));
  };
}

/** The scenes that were recalled for a reply, with the way to them. `watch(source)` opens one in the player. */
export function sourcesSheet({ words, watch, addressOf }, turn) {
  const { t } = words;
  return (body) => {
    const list = turn.sources.map((source) => {
      const text = t("watch", { episode: source.episode });
      const address = addressOf(source);
      const way = address
        ? make("a", { className: "plain", href: address, onclick: (event) => watch(source, event) }, icon("play"), text)
        : make("button", { type: "button", className: "plain", onclick: (event) => watch(source, event) }, icon("play"), text);
      return make("li", { className: "source" }, make("h3", {}, t("source", source)), make("blockquote", { dir: "auto" }, source.quote), way);
    });
    body.append(make("ul", { className: "sources", role: "list" }, ...list));
  };
}

/** What a character remembers of the fan: to read, to put right, to have forgotten. `of`: {slug, name}. */
export function notesSheet({ chat, words, sheets }, of) {
  const { t } = words;
  return async (body) => {
    const about = new URLSearchParams({ show: chat.show, character: of.slug });
    const { notes } = await chat.client.get(`/v1/notes?${about}`);
    const list = make("ul", { className: "notes", role: "list" });
    const told = make("p", { className: "quiet", role: "status" });
    const none = make("p", {}, t("notes_none"));
    const all = make("button", { type: "button", className: "plain danger" }, t("notes_all"));
    const count = () => {
      none.hidden = list.childElementCount > 0;
      all.hidden = !none.hidden;
    };
    const fail = (error) => (told.textContent = sheets.sentenceOf(error));
    all.addEventListener("click", () =>
      chat.client.ask("DELETE", `/v1/notes?${about}`).then(() => {
        list.replaceChildren();
        told.textContent = t("notes_gone");
        count();
      }, fail),
    );
    for (const note of notes.filter((one) => one.current)) list.append(noteLine({ chat, words, told, fail, count }, note));
    body.append(make("p", {}, t("notes_note")), list, none, told, all);
    body.setAttribute("aria-label", t("notes_title", of));
    count();
  };
}

function noteLine(around, note) {
  const { chat, words, told, fail, count } = around;
  const { t } = words;
  const line = make("li", { className: "note" });
  const read = () => {
    const text = make("p", { dir: "auto" }, note.text);
    const edit = make("button", { type: "button", className: "plain", "aria-label": t("notes_edit", { text: note.text }), onclick: () => write() }, icon("edit"));
    const forget = make("button", { type: "button", className: "plain danger", "aria-label": t("notes_forget", { text: note.text }), onclick: () => gone() }, icon("bin"));
    line.replaceChildren(text, make("span", { className: "buttons" }, edit, forget));
    return edit;
  };
  const gone = () =>
    chat.client.ask("DELETE", `/v1/notes/${note.id}`).then(() => {
      const next = line.nextElementSibling ?? line.previousElementSibling;
      line.remove();
      told.textContent = t("notes_gone");
      count();
      (next?.querySelector("button") ?? told.closest("[role=dialog]").querySelector("h2")).focus();
    }, fail);
  const write = () => {
    const field = make("textarea", { rows: 2, maxLength: 280, value: note.text, dir: "auto", "aria-label": t("notes_edit", { text: note.text }) });
    const save = () =>
      chat.client.ask("PATCH", `/v1/notes/${note.id}`, { text: field.value }).then((anew) => {
        note = anew;
        told.textContent = t("notes_kept");
        read().focus();
      }, fail);
    line.replaceChildren(
      field,
      make("span", { className: "buttons" }, make("button", { type: "button", className: "wide", onclick: save }, t("notes_save")), make("button", { type: "button", className: "plain", onclick: () => read().focus() }, t("notes_cancel"))),
    );
    field.focus();
  };
  read();
  return line;
}

/** What is wrong with a reply. `done(sentence)` tells what became of the report. */
export function reportSheet({ chat, words, sheets, done }, turn) {
  const { t } = words;
  return (body) => {
    const choices = REASONS.map((reason, place) =>
      make("label", { className: "choice" }, make("input", { type: "radio", name: "reason", value: reason, required: true }), make("span", {}, t(REASON_TEXTS[place]))),
    );
    const note = make("textarea", { id: "report-note", rows: 2, maxLength: 2000, dir: "auto" });
    const form = make(
      "form",
      { className: "report" },
      make("fieldset", {}, make("legend", { className: "visually-hidden" }, t("report_title")), ...choices),
      make("label", { for: "report-note" }, t("report_note")),
      note,
      make("button", { className: "wide" }, t("report_send")),
    );
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      try {
        const { refunded } = await chat.client.report(turn.turn, new FormData(form).get("reason"), note.value);
        if (refunded && turn.receipt) turn.receipt = { ...turn.receipt, refunded };
        sheets.close();
        done(refunded ? t("reported_refunded", { n: refunded }) : t("reported"), turn);
        if (refunded) await chat.refreshWallet();
      } catch (error) {
        form.append(make("p", { className: "trouble", role: "alert" }, sheets.sentenceOf(error)));
      }
    });
    body.append(form);
  };
}
