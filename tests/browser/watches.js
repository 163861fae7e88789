// What a test watches in a page with the widget: put in before the page's own scripts, and asked by `watch.…()`.

globalThis.watch = (() => {
  const root = () => document.querySelector("encore-chat").shadowRoot;
  const all = { childList: true, characterData: true, subtree: true };

  /** A list of what `look()` gives at each change of an element; null is left out, and what is the same again. */
  const each = (element, look) => {
    const seen = [];
    new MutationObserver(() => {
      const found = look();
      if (found && found !== seen.at(-1)) seen.push(found);
    }).observe(element, all);
    return seen;
  };
  const kept = {};
  const keep = (name, list) => void (kept[name] = list);

  return {
    kept: (name) => kept[name],
    announcements: () => keep("announcements", each(root().querySelector("#announcer"), () => root().querySelector("#announcer").textContent)),
    captions: () => keep("captions", each(root().querySelector(".caption"), () => root().querySelector(".caption mark")?.textContent)),
    /** Every time that the log has fewer words than before. */
    losses: () => {
      const log = root().querySelector(".turns");
      let length = 0;
      const look = () => {
        const now = [...log.querySelectorAll(".words")].reduce((sum, one) => sum + one.textContent.length, 0);
        const lost = now < length ? `${length} to ${now}` : null;
        length = now;
        return lost;
      };
      keep("losses", each(log, look));
    },
    hostEvents: () => {
      const chat = document.querySelector("encore-chat");
      const tell = chat.dispatchEvent.bind(chat);
      const told = [];
      keep("hostEvents", told);
      chat.dispatchEvent = (event) => (told.push(event.type), tell(event));
    },
    /** Wait until nothing moves that will ever be still, on a page with the widget or one of the staff's. */
    still: () => {
      const shown = document.querySelector("encore-chat")?.shadowRoot ?? document;
      const moving = shown.getAnimations().filter((one) => Number.isFinite(one.effect.getComputedTiming().endTime));
      return Promise.all(moving.map((one) => one.finished.catch(() => {}))).then(() => {});
    },
    focused: () => root().activeElement,
    /** How many animations are running. */
    moving: () => root().getAnimations().length,
    /** What is wider than its room, or stands out of it. */
    tooWide: () => {
      const { left, right } = document.querySelector("encore-chat").getBoundingClientRect();
      const out = ({ left: from, right: to, width }) => width > 1 && (from < left - 1 || to > right + 1);
      const seen = [...root().querySelectorAll("*")].filter((one) => one.checkVisibility() && !one.closest(".visually-hidden, svg"));
      return seen.filter((one) => out(one.getBoundingClientRect())).map((one) => `${one.localName}.${one.className}`);
    },
    flaws: async (rules) => {
      const { violations } = await axe.run(document, { runOnly: rules });
      const tell = ({ target, failureSummary }) => `${target} ${failureSummary}`;
      return violations.map(({ id, nodes }) => `${id}: ${nodes.map(tell).join("; ")}`);
    },
  };
})();
