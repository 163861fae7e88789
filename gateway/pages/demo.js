// A sample of a host app: a vertical player, drawn for want of a film, its episodes, and the widget.
//
// Everything that it knows of Encore is in this file: who the fan is (a token that its server signs), what the widget tells
// (events), and what it is told. docs/widget.md explains each.

import { Film } from "/demo/film.js";

const VISITOR = "encore-demo-visitor";
const $ = (id) => document.getElementById(id);
const chat = document.querySelector("encore-chat");
const film = new Film($("screen"), { ended: () => play(false), played: (share) => ($("time").value = share) });
const page = { watched: null, episode: 1, episodes: 40 };

/** The host app's server says who the fan is and how far they have watched, and signs it. */
async function visit(watched) {
  const answer = await fetch("/demo/visit", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ fan: localStorage.getItem(VISITOR), ...(watched ? { watched } : {}) }),
  });
  if (!answer.ok) throw new Error("Encore cannot be reached.");
  const visited = await answer.json();
  localStorage.setItem(VISITOR, visited.fan);
  return visited;
}

async function begin() {
  const first = visit();
  let unused = first; // the widget need not wait for this page, nor the fan be signed in twice
  chat.token = async () => {
    const visited = await (unused ?? visit(page.watched));
    unused = null;
    return visited.token;
  };
  const visited = await first;
  Object.assign(page, { watched: visited.watched, episodes: visited.episodes });
  $("title").textContent = visited.title;
  $("episodes").textContent = visited.episodes;
  document.title = `Encore: ${visited.title}`;
  $("watched").replaceChildren(...Array.from({ length: visited.episodes }, (_, n) => new Option(n + 1, n + 1, false, n + 1 === visited.watched)));
  show(visited.watched);
}

function show(episode, scene) {
  page.episode = Math.min(Math.max(1, episode), page.episodes);
  $("episode").textContent = `Episode ${page.episode}${scene ? `, scene ${scene}` : ""}`;
  film.show(page.episode, scene);
}

/** On to another episode: one that is watched for the first time moves the fan's horizon. */
function turn(episode) {
  show(episode);
  if (page.episode <= page.watched) return;
  page.watched = page.episode;
  $("watched").value = page.watched;
  chat.refresh();
}

function play(isPlaying) {
  film.play(isPlaying);
  $("play").textContent = isPlaying ? "Pause" : "Play";
}

function open(isOpen) {
  document.querySelector("main").dataset.chat = isOpen ? "open" : "closed";
  $("side").hidden = !isOpen;
  $("talk").hidden = isOpen;
}

$("watched").addEventListener("change", () => {
  page.watched = Number($("watched").value);
  show(page.watched);
  chat.refresh();
});
$("before").addEventListener("click", () => turn(page.episode - 1));
$("after").addEventListener("click", () => turn(page.episode + 1));
$("play").addEventListener("click", () => play(!film.playing));
$("talk").addEventListener("click", () => open(true));
chat.addEventListener("encore:close", () => {
  open(false);
  $("talk").focus();
});
chat.addEventListener("encore:open-episode", (event) => show(event.detail.episode, event.detail.scene));
chat.addEventListener("encore:speaking", (event) => film.dim(event.detail.speaking));

open(true);
play(film.playing);
begin().catch((error) => ($("episode").textContent = error.message));
