// The way to the host app: DOM events on the element and, when the page is framed, messages to the page around it.
//
// Messages go to one exact origin, the one that the embedding page named in `host-origin`, and are taken from it alone and
// from the parent window alone. Nothing of what is said in a chat is in any of them.

export const PREFIX = "encore:";

export class Bridge {
  /** `element`: the widget; `origin`: of the page around this one, or null; `commands`: name -> what to do. */
  constructor(element, origin, commands) {
    Object.assign(this, { element, commands });
    this.origin = exact(origin);
    this.hear = (message) => this.#hear(message);
    if (this.origin) window.addEventListener("message", this.hear);
  }

  close() {
    window.removeEventListener("message", this.hear);
  }

  /** Tell the host. Answers false when a listener has taken it into its own hands (`preventDefault`). */
  tell(name, detail = {}) {
    const event = new CustomEvent(PREFIX + name, { detail, bubbles: true, composed: true, cancelable: true });
    const go = this.element.dispatchEvent(event);
    if (this.origin && window.parent !== window) window.parent.postMessage({ type: PREFIX + name, detail }, this.origin);
    return go;
  }

  #hear({ origin, source, data }) {
    if (origin !== this.origin || source !== window.parent || typeof data?.type !== "string") return;
    if (!data.type.startsWith(PREFIX)) return;
    const name = data.type.slice(PREFIX.length);
    if (Object.hasOwn(this.commands, name)) this.commands[name](data.detail ?? {});
  }
}

/** An origin as it must be written; null for anything else, above all for `*`. */
function exact(origin) {
  try {
    return origin && new URL(origin).origin === origin ? origin : null;
  } catch {
    return null; // no address at all
  }
}
