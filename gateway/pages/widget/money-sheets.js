// The sheets about money: what is for sale, why a message was charged, and what a day may cost.

import { make } from "./dom.js";

/** What can be bought; `short`: the error that told what is missing. `buy(pack)` leads to the till. */
export function shopSheet({ chat, words, buy, sheets }, short) {
  const { t } = words;
  return async (body) => {
    const missing = short ? Math.max(0, short.needed - short.available) : 0;
    const { packs } = short?.packs?.length ? short : await chat.packs(missing).catch((error) => (error.code ? { packs: [] } : Promise.reject(error)));
    body.append(make("p", { className: "lead" }, t("shop_have", { n: chat.wallet.available })));
    if (missing) body.append(make("p", {}, t("shop_need", { n: missing })));
    if (!packs.length) return void body.append(make("p", {}, t("shop_closed")));
    const told = make("p", { className: "quiet", role: "status" }, t("shop_safe"));
    const list = make("ul", { className: "packs", role: "list" }, ...packs.map((pack) => make("li", {}, packButton(words, pack, missing, () => bought(pack)))));
    const bought = (pack) => {
      told.textContent = t("buying");
      buy(pack, missing).catch((error) => (told.textContent = sheets.sentenceOf(error)));
    };
    body.append(list, told);
  };
}

function packButton(words, pack, missing, onclick) {
  const { t } = words;
  const often = pack.interval ? ` ${t(`pack_${pack.interval}`)}` : "";
  const more = [pack.bonus ? t("pack_bonus", { n: pack.bonus }) : null, missing && pack.covers ? t("pack_covers") : null].filter(Boolean).join(" · ");
  return make(
    "button",
    { type: "button", className: "pack", onclick },
    make("strong", {}, t("pack", { n: pack.credits + pack.bonus })),
    make("span", { className: "money" }, words.money(pack.amount_minor, pack.currency) + often),
    more ? make("span", { className: "quiet" }, more) : null,
  );
}

/** Why a message was charged: what, from which credits, at which price, and who approved it. */
export function receiptSheet({ chat, words }, turn) {
  const { t } = words;
  return async (body) => {
    const receipt = await chat.client.get(`/v1/receipts/${encodeURIComponent(turn.receipt.id)}`);
    const { charged, burned, refunded } = receipt;
    const total = charged.text + charged.voice;
    if (!total) body.append(make("p", { className: "lead" }, t("receipt_free")));
    const rows = [];
    const row = (name, value) => rows.push(make("div", {}, make("dt", {}, name), make("dd", {}, value)));
    if (total) row(t("receipt_text"), t("credits", { n: charged.text }));
    if (charged.voice) row(t("receipt_voice"), t("credits", { n: charged.voice }));
    if (charged.voice) row(t("receipt_total"), t("credits", { n: total }));
    for (const burn of burned) row(t("receipt_from"), `${t("credits", { n: burn.credits })}: ${t(`class_${burn.lot_class}`)} (${paid(words, burn)})`);
    if (refunded) row(t("receipt_back"), t("credits", { n: refunded }));
    body.append(make("dl", { className: "receipt" }, ...rows));
    body.append(make("p", { className: "quiet" }, t("receipt_price", { version: receipt.price_version, approver: receipt.approver })));
    body.append(make("p", { className: "quiet" }, words.moment(receipt.settled_at_ms)));
  };
}

/** Money is counted in millionths of the minor unit; shown are the decimals of the currency and two more. */
function paid(words, { paid_micros: micros, currency }) {
  if (!micros || !currency) return words.t("receipt_gift");
  const style = { style: "currency", currency: currency.toUpperCase() };
  const decimals = new Intl.NumberFormat(words.locale, style).resolvedOptions().maximumFractionDigits;
  const format = new Intl.NumberFormat(words.locale, { ...style, maximumFractionDigits: decimals + 2 });
  return words.t("receipt_paid", { money: format.format(micros / 1e6 / 10 ** decimals) });
}

/** A cap on a day's credits, set by the fan. */
export function budgetSheet({ chat, words, sheets }) {
  const { t } = words;
  return async (body) => {
    const { budgets } = await chat.client.get("/v1/budget");
    const state = make("div", { role: "status" });
    const field = make("input", { id: "budget", type: "number", min: 0, max: 1_000_000, step: 1, inputMode: "numeric", required: true });
    const save = (credits) =>
      chat.client
        .ask("PUT", "/v1/budget", { credits })
        .then((answer) => tell(answer.budgets))
        .catch((error) => state.replaceChildren(make("p", { className: "trouble" }, sheets.sentenceOf(error))));
    const form = make(
      "form",
      { className: "budget" },
      make("label", { for: "budget" }, t("budget_label")),
      field,
      make("div", { className: "buttons" }, make("button", { className: "wide" }, t("budget_save")), make("button", { type: "button", className: "plain", onclick: () => save(null) }, t("budget_none"))),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      save(Number(field.value));
    });
    const tell = (all) => {
      const mine = all.find((one) => one.show === null && one.set_by === "fan");
      if (mine?.credits !== null && mine) field.value = mine.credits;
      state.replaceChildren(...budgetLines(words, all, mine).map((line) => make("p", {}, line)));
    };
    body.append(make("p", {}, t("budget_note")), state, form);
    tell(budgets);
  };
}

function budgetLines(words, all, mine) {
  const { t } = words;
  const lines = [mine && mine.credits !== null ? t("budget_now", { n: mine.credits }) : t("budget_unset")];
  if (mine) lines.push(t("budget_spent", { n: mine.spent }));
  if (mine?.raise_at_ms) {
    const day = words.moment(mine.raise_at_ms);
    lines.push(mine.raise_to === null ? t("budget_lift", { day }) : t("budget_raise", { day, n: mine.raise_to }));
  }
  if (all.some((one) => one.set_by === "guardian")) lines.push(t("budget_guardian"));
  return lines;
}
