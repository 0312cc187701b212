// The dialogs: what a manager wants, asked and confirmed, and what came of it.

import { send } from "./send.js";
import { answer, named, number, word } from "./words.js";

const by_id = (id) => document.getElementById(id);
const key_button = by_id("key-button");

let chosen = () => null; // the venue that is shown

export function say(text, briefly = true) {
  const said = by_id("said");
  said.textContent = text;
  said.classList.add("shown");
  clearTimeout(say.later);
  say.later = setTimeout(() => said.classList.remove("shown"), briefly ? 8_000 : 30_000);
}

function show_key(kid) {
  key_button.dataset.kid = kid;
  key_button.textContent = kid ? word("key_held", { kid }) : word("key_none");
}

// Ask for the key; whether there is one now.
function ask_for_key() {
  const dialog = by_id("key-dialog");
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      by_id("key-field").value = ""; // it stays on no page
      by_id("key-file").value = "";
      resolve(dialog.returnValue === "done");
    }, { once: true });
    open(dialog);
  });
}

// Send, and where it takes a key, ask for it and send again.
async function send_with_key(path, fields) {
  const reply = await send(path, fields);
  if (reply.code !== "no_key") return reply;
  show_key("");
  return (await ask_for_key()) ? send(path, fields) : reply;
}

const turns = new Map(); // how often each dialog was opened: an answer may be for one before

function set_busy(dialog, busy) {
  dialog.toggleAttribute("aria-busy", busy);
  if (busy) dialog.setAttribute("aria-busy", "true");
  dialog.querySelector("button.primary").disabled = busy;
}

function open(dialog) {
  turns.set(dialog, (turns.get(dialog) ?? 0) + 1);
  dialog.returnValue = "";
  set_busy(dialog, false);
  const told = dialog.querySelector(".answer");
  if (told) told.textContent = "";
  dialog.showModal();
}

function told_of(reply) {
  const left = Object.entries(reply.gates ?? {}).filter(([, code]) => code !== "done");
  const gates = left.map(([gate, code]) => `${gate} (${answer({ code })})`);
  return [answer({ ...reply, gates }), reply.detail].filter(Boolean).join(" ");
}

async function submit(dialog, form) {
  const mine = turns.get(dialog), path = form.getAttribute("action");
  const fields = Object.fromEntries(new FormData(form));
  for (const [name, value] of Object.entries(fields)) if (value === "") delete fields[name];
  const told = dialog.querySelector(".answer");
  told.textContent = path === "/order" || path === "/recount" ? word("sending") : "";
  set_busy(dialog, true);
  const reply = await send_with_key(path, { venue: dialog.dataset.venue ?? "", ...fields });
  if (!dialog.open || turns.get(dialog) !== mine) return say(told_of(reply), reply.code === "done");
  set_busy(dialog, false);
  told.textContent = reply.ok ? "" : told_of(reply);
  if (!reply.ok) {
    if (reply.field) form.elements[reply.field]?.focus();
    return;
  }
  if (path === "/key") show_key(reply.detail);
  dialog.close("done");
  const text = path === "/key" ? word("key_taken", { kid: reply.detail }) : told_of(reply);
  say(text, reply.code === "done");
}

const prepare = {
  "limit-dialog"(dialog, venue) {
    const field = by_id("limit-field");
    field.max = venue.licensed;
    field.value = venue.limit;
    by_id("limit-hint").textContent = word("limit_hint", { licensed: number(venue.licensed) });
  },
  "recount-dialog"(dialog, venue) {
    const unsure = venue.gates.filter((gate) => gate.uncertain).map((gate) => gate.id);
    by_id("recount-gates").hidden = !unsure.length;
    by_id("recount-gates-text").textContent = word("recount_gates", { gates: unsure.join(", ") });
  },
  "correct-dialog"() {},
};

function open_for(id) {
  const venue = chosen();
  if (!venue) return;
  const dialog = by_id(id);
  dialog.querySelector("form").reset();
  dialog.dataset.venue = venue.id;
  prepare[id](dialog, venue);
  open(dialog);
}

export function open_gate(gate) {
  const dialog = by_id("gate-dialog"), venue = chosen();
  dialog.querySelector("form").reset();
  Object.assign(dialog.dataset, { venue: venue.id, gate: gate.id, now: gate.mode });
  by_id("gate-title").textContent = word("act_on", { gate: gate.id });
  dialog.querySelector("[data-verb=recount]").hidden = !gate.uncertain;
  for (const one of dialog.querySelectorAll("[data-mode]")) {
    one.hidden = one.dataset.mode === gate.mode;
  }
  open(dialog);
}

function confirm_order(gate_dialog, order) {
  const dialog = by_id("confirm-dialog"), form = dialog.querySelector("form");
  const [verb, mode = ""] = order.split(" ");
  const { venue, gate, now } = gate_dialog.dataset;
  const what = mode ? `${word("mode")}: ${word(`mode_${mode}`)}` : word(`verb_${verb}`);
  dialog.dataset.venue = venue;
  form.elements.gate.value = gate;
  form.elements.verb.value = verb;
  form.elements.mode.value = mode;
  by_id("confirm-title").textContent = word("confirm_title", { gate, what });
  by_id("confirm-text").textContent = [
    word(mode ? `mode_${mode}_text` : `verb_${verb}_text`),
    now && word("confirm_now", { mode: named("mode_", now) }),
  ].filter(Boolean).join(" ");
  open(dialog);
}

export function set_up(venue_shown) {
  chosen = venue_shown;
  show_key(key_button.dataset.kid);
  for (const button of document.querySelectorAll("[data-opens]")) {
    button.addEventListener("click", () => open_for(button.dataset.opens));
  }
  for (const dialog of document.querySelectorAll("dialog")) {
    const form = dialog.querySelector("form");
    dialog.querySelector("button.close").addEventListener("click", () => dialog.close(""));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (dialog.id !== "gate-dialog") return submit(dialog, form);
      dialog.close();
      confirm_order(dialog, form.elements.order.value);
    });
  }
  key_button.addEventListener("click", async () => {
    if (!key_button.dataset.kid) return ask_for_key();
    const reply = await send("/key/forget", {});
    if (reply.ok) show_key("");
    say(reply.ok ? word("key_forgotten") : answer(reply));
  });
  by_id("key-file").addEventListener("change", async (event) => {
    const [file] = event.target.files;
    if (file && file.size <= 4096) by_id("key-field").value = await file.text();
  });
}
