// Sends dropped or chosen files one by one, so that each is kept or refused by itself, and tells how far it is.
import { send, say } from "../staff/staff.js";

const form = document.getElementById("drop");
const chosen = document.getElementById("chosen");
const bar = form.querySelector("progress");
const told = document.getElementById("dropped");

async function take(files) {
  if (!files.length) return;
  bar.classList.remove("hidden");
  const refused = [];
  for (const [n, file] of files.entries()) {
    bar.value = n / files.length;
    told.textContent = `${file.name} …`;
    const fields = new FormData();
    fields.append("file", file, file.name);
    const { status, body } = await send(form.action, fields);
    if (status !== 200) refused.push(`${file.name}: ${body.error?.message ?? "it was not taken"}`);
  }
  bar.value = 1;
  if (refused.length) {
    told.textContent = refused.join(" ");
    say(`${refused.length} of ${files.length} were refused`, "bad");
    if (refused.length === files.length) return;
  }
  location.reload();
}

async function entries(items) {
  const found = [];
  async function walk(entry) {
    if (entry.isFile) found.push(await new Promise((done, failed) => entry.file(done, failed)));
    else {
      const reader = entry.createReader();
      for (;;) {
        const some = await new Promise((done, failed) => reader.readEntries(done, failed));
        if (!some.length) break;
        for (const one of some) await walk(one);
      }
    }
  }
  for (const item of items) {
    const entry = item.webkitGetAsEntry?.();
    if (entry) await walk(entry);
  }
  return found;
}

chosen.addEventListener("change", () => take([...chosen.files]));
for (const kind of ["dragover", "dragleave", "drop"]) {
  form.addEventListener(kind, async (event) => {
    event.preventDefault();
    form.classList.toggle("over", kind === "dragover");
    if (kind !== "drop") return;
    const plain = [...event.dataTransfer.files];
    const walked = await entries([...event.dataTransfer.items]);
    take(walked.length ? walked : plain);
  });
}
