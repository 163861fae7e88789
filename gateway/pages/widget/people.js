// Who is there: one character, or the two of a scene, what each is called and how each looks.

import { make } from "./dom.js";
import { Portrait } from "./portrait.js";

export class People {
  /** `opened`: the last conversation.opened; `asked`: the slug that it was opened by; `cast`: whom the fan has met. */
  constructor({ opened, asked, cast, words, portrait }) {
    Object.assign(this, { words, portrait });
    const { character, with: partner } = opened;
    this.cast = cast;
    this.those = [{ ...character, slug: character.slug ?? asked }, ...(partner ? [partner] : [])];
    this.name = words.together(this.those.map((one) => one.name)); // of all who are there
  }

  get isScene() {
    return this.those.length > 1;
  }

  get first() {
    return this.those[0];
  }

  /** What is known of a character, here or elsewhere. */
  find(slug) {
    const met = this.cast.find((one) => one.slug === slug);
    return { ...met, ...(this.those.find((one) => one.slug === slug) ?? met ?? { slug, name: slug }) };
  }

  /** What one does: `thinking`, `recalling`, `speaking`; null for a scene's speaker who is not known yet. */
  does(what, speaker) {
    if (this.isScene && !speaker) return this.words.t("thinking_both");
    return this.words.t(what, { name: (this.isScene ? this.find(speaker) : this.first).name });
  }

  /** One who speaks in a scene, with their portrait and name before `inner`. */
  line(slug, look, ...inner) {
    const { name } = this.find(slug);
    const face = new Portrait(this.portrait);
    face.show(slug, look);
    const label = this.words.t("says", { name });
    const line = make(
      "div",
      { className: "line-of", part: "line", role: "article", "aria-label": label },
      face.element,
      make("div", { className: "line-text" }, make("p", { className: "speaker", "aria-hidden": "true", dir: "auto" }, name), ...inner),
    );
    line.dataset.speaker = slug;
    return line;
  }

  /** What was said, with the names of who said it, for those who hear the page. */
  spoken({ reply, parts }) {
    const { t } = this.words;
    if (!parts.length) return t("announce", { name: this.name, text: reply });
    const points = [...reply];
    return parts.map(({ speaker, from, to }) => t("announce", { name: this.find(speaker).name, text: points.slice(from, to).join("") })).join(" ");
  }
}
