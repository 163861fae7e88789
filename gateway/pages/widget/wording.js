// Words, numbers, dates and money in the fan's language. The texts themselves are in strings/, one file a language.
//
// A text may be an object of plural forms (`one`, `few`, `many`, `other` …), chosen by Intl for the value of `n`.

import english from "./strings/en.js";

export const LANGUAGES = ["en", "es", "pt", "zh-Hans", "zh-Hant", "ja", "ko", "th", "id", "vi"];
const PSEUDO = "ar-XB"; // English from right to left: nobody's language, to look at the page with
const RIGHT_TO_LEFT = new Set(["ar", "dv", "fa", "he", "ks", "ku", "ps", "sd", "ug", "ur", "yi"]);
const HINT = /([A-Z]{3}) (-?\d+(?:\.\d+)?)/g;

/** The language of ours that serves a tag (BCP 47); English where none does. */
export function languageOf(tag) {
  if (tag === PSEUDO) return PSEUDO;
  let locale;
  try {
    locale = new Intl.Locale(tag).maximize();
  } catch {
    return "en"; // no language tag at all
  }
  if (locale.language === "zh") return locale.script === "Hant" ? "zh-Hant" : "zh-Hans";
  const found = locale.language === "in" ? "id" : locale.language;
  return LANGUAGES.includes(found) ? found : "en";
}

/** The language that the characters are asked to speak: the fan's own tag where the widget has their language, else English. */
export function spokenTag(tag) {
  const language = languageOf(tag);
  if (language === PSEUDO) return "en";
  return language !== "en" || /^en\b/i.test(tag) ? tag : "en";
}

export function directionOf(tag) {
  return RIGHT_TO_LEFT.has(tag.split("-")[0].toLowerCase()) ? "rtl" : "ltr";
}

/** Everything that is written on the page for a language tag. */
export async function wordingOf(tag) {
  const language = languageOf(tag);
  if (language === PSEUDO) return new Wording(PSEUDO, mirrored(english));
  if (language === "en") return new Wording(tag.startsWith("en") ? tag : "en", english);
  const { default: texts } = await import(`./strings/${language}.js`);
  return new Wording(language, texts);
}

function mirrored(texts) {
  const turn = (text) => `\u202e${text.replace(/\{\w+\}/g, "\u2066$&\u2069")}\u202c`;
  const each = (text) => (typeof text === "string" ? turn(text) : Object.fromEntries(Object.entries(text).map(([k, v]) => [k, turn(v)])));
  return Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, each(text)]));
}

export class Wording {
  constructor(locale, texts) {
    this.locale = locale;
    this.direction = directionOf(locale);
    this.texts = texts;
    this.plural = new Intl.PluralRules(locale);
    this.numbers = new Intl.NumberFormat(locale);
    this.names = new Intl.ListFormat(locale, { type: "conjunction" });
    this.t = this.t.bind(this);
  }

  /** A text with its values; numbers are written as the language writes them. */
  t(key, values = {}) {
    let text = this.texts[key] ?? english[key];
    if (typeof text === "object") text = text[this.plural.select(values.n)] ?? text.other;
    return text.replace(/\{(\w+)\}/g, (_, name) => (typeof values[name] === "number" ? this.number(values[name]) : values[name]));
  }

  /** Names as one: of those who are there together. */
  together(names) {
    return this.names.format(names);
  }

  number(value) {
    return this.numbers.format(value);
  }

  /** An amount in minor units, such as a pack's price. */
  money(minor, currency) {
    const code = currency.toUpperCase();
    const format = new Intl.NumberFormat(this.locale, { style: "currency", currency: code });
    return format.format(minor / 10 ** format.resolvedOptions().maximumFractionDigits);
  }

  /** A hint as the server gives it, such as `USD 0.02 + EUR 0.10`, written as the language writes money; null for none. */
  hint(text) {
    if (!text) return null;
    const parts = [...text.matchAll(HINT)].map(([, currency, amount]) => {
      return new Intl.NumberFormat(this.locale, { style: "currency", currency }).format(Number(amount));
    });
    return parts.join(" + ") || null;
  }

  moment(ms) {
    return new Intl.DateTimeFormat(this.locale, { dateStyle: "medium", timeStyle: "short" }).format(ms);
  }

  day(ms) {
    return new Intl.DateTimeFormat(this.locale, { dateStyle: "medium" }).format(ms);
  }
}
