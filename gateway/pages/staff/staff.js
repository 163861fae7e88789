// What every page of staff does: send the session's token with htmx's requests, ask before what cannot be undone,
// and tell what came of it. It stores nothing.

export const csrf = () => document.body.dataset.csrf;

export function say(text, kind = "") {
  const toast = document.getElementById("toast");
  toast.textContent = text;
  toast.dataset.kind = kind;
}

/** Send a form's fields; gives {status, body}. A broken line gives status 0. */
export async function send(address, fields, { signal } = {}) {
  const body = fields instanceof FormData ? fields : new URLSearchParams(fields);
  try {
    const answer = await fetch(address, {
      method: "POST",
      body,
      signal,
      headers: { "x-csrf-token": csrf(), accept: "application/json" },
    });
    return { status: answer.status, body: await answer.json() };
  } catch {
    return { status: 0, body: { error: { message: "The server does not answer." } } };
  }
}

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["x-csrf-token"] = csrf();
});

document.addEventListener("submit", (event) => {
  const asked = event.submitter?.dataset.sure ?? event.target.dataset.sure;
  if (asked && !confirm(asked)) event.preventDefault();
});

document.addEventListener("click", (event) => {
  const opens = event.target.closest("[data-opens]");
  if (opens) document.getElementById(opens.dataset.opens).showModal();
  if (event.target.closest("[data-closes]")) event.target.closest("dialog").close();
});

// Where a job runs, the page is loaded again once it is done.
let running = document.querySelector('#job[data-state="running"]') !== null;
document.addEventListener("htmx:afterSettle", () => {
  const state = document.getElementById("job")?.dataset.state;
  if (running && state === "done") location.reload();
  running = state === "running";
});
