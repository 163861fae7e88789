// Draws how long something holds on the episodes of a show. It reads what the page says and changes nothing else.

export function draw(track, from, until, last) {
  const bar = track.firstElementChild ?? track.appendChild(document.createElement("i"));
  const columns = Math.max(1, last + 1);
  track.style.gridTemplateColumns = `repeat(${columns}, 1fr)`;
  const begin = Math.min(Math.max(0, from), last) + 1;
  bar.style.gridColumn = `${begin} / ${Math.max(begin + 1, Math.min(until || last + 1, last + 1) + (until ? 0 : 1))}`;
}

const last = Number(document.querySelector(".timeline")?.dataset.last ?? 0);
for (const track of document.querySelectorAll(".timeline .track")) {
  draw(track, Number(track.dataset.from), Number(track.dataset.until), last);
}
