// What the menu offers as things stand: a list of entries, each with what it does.

/** `act(what, about)`: as View does it. */
export function entriesOf({ chat, people, words, settings }, act) {
  const { t } = words;
  const { opened, mode, cast } = chat;
  const other = mode === "what_if" ? "canon" : "what_if";
  const here = opened ? people.those : [];
  return [
    { text: t("cast_switch"), act: () => act("cast"), id: "go-cast" },
    opened && cast.length > 1 && { text: t("scene_switch"), act: () => act("scene"), id: "go-scene" },
    ...here.filter(() => people.isScene).map((one) => ({ text: t("scene_alone", one), act: () => chat.open(one.slug), id: `go-alone-${one.slug}` })),
    ...here.map((one, place) => ({ text: t("notes_title", one), act: () => act("notes", one), id: place ? `go-notes-${one.slug}` : "go-notes" })),
    opened && { text: t("horizon_title"), act: () => act("horizon"), id: "go-horizon" },
    opened && !people.isScene && { text: t(`mode_${other}`), act: () => chat.open(chat.character, { mode: other }), id: "go-mode" },
    { text: t("shop_title"), act: () => act("shop"), id: "go-shop" },
    { text: t("budget_title"), act: () => act("budget"), id: "go-budget" },
    settings.closable && { text: t("leave"), act: () => act("leave"), id: "go-leave" },
  ];
}
