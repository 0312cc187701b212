// The page: keeps what it was told, and shows it. Texts from outside are only ever text.

import { described, draw } from "./curve.js";
import { open_gate, set_up } from "./dialogs.js";
import { listen } from "./live.js";
import { ago, clock, clock_s, moment, named, number, word } from "./words.js";

const by_id = (id) => document.getElementById(id);
const SPOKEN_EVERY_MS = 10_000;

const glances = new Map(); // every venue as central has told it, by id
let venue = null; // the one that is shown, whole
let curve = [];
let state = null;
let told_now = 0; // central's clock, when it was last heard
let heard_at_ms = 0;
let stood_at = 0; // the last moment at which central heard the gates
let cut = true;
let spoken = { what: "", at_ms: 0 };

const server_now = () => told_now + (performance.now() - heard_at_ms) / 1000;

function put(id, text) {
  const place = by_id(id);
  if (place.textContent !== text) place.textContent = text;
}

function show_link() {
  const offline = state && !state.online;
  document.body.dataset.link = cut ? "cut" : offline ? "still" : "live";
  put("link", state || !cut ? word(cut ? "cut" : offline ? "still" : "live") : word("connecting"));
  const time = state ? clock_s(offline ? stood_at : told_now) : "";
  put("as-of", time);
  const trouble = state?.trouble ?? "";
  const text = cut
    ? state ? word("banner_cut", { time }) : show_link.tried ? word("banner_never") : ""
    : offline ? word("banner_offline", { time, trouble })
    : trouble ? word("banner_trouble", { trouble }) : "";
  put("banner", text);
  by_id("banner").hidden = !text;
  const acting = document.querySelectorAll("[data-opens], [data-is=act], dialog button.primary");
  for (const button of acting) button.disabled = cut || button.closest("[aria-busy]") !== null;
}

function show_tiles() {
  const nav = by_id("venues");
  nav.hidden = state.venues.length < 2;
  if (nav.hidden) return;
  const tiles = new Map([...nav.children].map((tile) => [tile.dataset.venue, tile]));
  for (const [id, tile] of tiles) if (!state.venues.includes(id)) tile.remove();
  for (const id of state.venues) {
    const glance = glances.get(id);
    const tile = tiles.get(id) ?? document.createElement("a");
    if (!tile.dataset.venue) {
      tile.dataset.venue = id;
      tile.href = `#${encodeURIComponent(id)}`;
      tile.append(...["b", "span", "i"].map((name) => document.createElement(name)));
      nav.append(tile);
    }
    tile.dataset.condition = glance.condition;
    if (id === state.shown) tile.setAttribute("aria-current", "true");
    else tile.removeAttribute("aria-current");
    const [name, count, condition] = tile.children;
    name.textContent = glance.name;
    count.textContent = `${number(glance.inside)} / ${number(glance.limit)}`;
    condition.textContent = named("short_", glance.condition);
  }
}

function show_number() {
  document.title = `${number(venue.inside)} / ${number(venue.limit)}, ${venue.name}`;
  put("venue", venue.name);
  const condition = by_id("condition"), told = named("condition_", venue.condition);
  document.querySelector("main").dataset.condition = venue.condition;
  condition.querySelector("use").setAttribute("href", `#i-${venue.condition}`);
  condition.querySelector("span").textContent = told;
  put("inside", number(venue.inside));
  put("limit", number(venue.limit));
  // Room for as many digits as there may be: what stands beside it does not move.
  const widest = Math.max(venue.licensed, venue.upper, venue.inside);
  by_id("inside").style.minWidth = `${number(widest).length}ch`;
  by_id("inside").style.setProperty("--digits", number(widest).length);
  const top = Math.max(venue.limit, venue.upper, 1);
  const [fill, band, mark] = by_id("bar").children;
  fill.style.width = `${(100 * Math.max(0, venue.lower)) / top}%`;
  band.style.left = fill.style.width;
  mark.style.left = `${(100 * venue.limit) / top}%`;
  band.style.width = `${(100 * (venue.upper - Math.max(0, venue.lower))) / top}%`;
  const stale = venue.gates.filter((gate) => gate.stale).map((gate) => gate.id);
  const sure = venue.lower === venue.upper;
  const range = { lower: number(venue.lower), upper: number(venue.upper) };
  put("bounds", [
    stale.length && word("bounds_stale", { gates: stale.join(", ") }),
    sure ? !stale.length && word("bounds_sure") : word("bounds", range),
  ].filter(Boolean).join("\n"));
  by_id("bounds").toggleAttribute("data-unsure", !sure || stale.length > 0);
  for (const name of ["free", "reserve", "entered", "left"]) put(name, number(venue[name]));
  speak(told);
}

// For who listens to the page: at once when the condition changes, else now and then.
function speak(condition) {
  const now = performance.now();
  const what = `${venue.id} ${condition}`;
  if (spoken.what === what && now - spoken.at_ms < SPOKEN_EVERY_MS) return;
  spoken = { what, at_ms: now };
  put("spoken", word("spoken", {
    inside: number(venue.inside), limit: number(venue.limit), condition,
  }));
}

function show_muster(muster) {
  by_id("muster").hidden = !muster;
  if (!muster) return;
  put("muster-estimate", number(muster.estimate));
  put("muster-text", word("muster_text", {
    time: clock(muster.released_at), inside: number(muster.inside_then),
    upper: number(muster.upper_then), left: number(muster.left_since),
    entered: number(muster.entered_since),
  }));
  put("muster-next", muster.over_at === null
    ? word("muster_still") : word("muster_over", { time: clock(muster.over_at) }));
}

function show_curve() {
  const seen = {
    points: curve, began: venue.day_began, now: server_now(),
    inside: venue.inside, limit: venue.limit,
  };
  draw(by_id("curve"), seen);
  put("curve-text", described(seen));
}

function notes_on(gate) {
  return [
    gate.stale && (gate.heard_at === null
      ? word("stale_never") : word("stale", { ago: ago(server_now() - gate.heard_at) })),
    gate.faults.length
      && word("faults", { parts: gate.faults.map((part) => named("part_", part)).join(", ") }),
    gate.uncertain && word("unsure"),
    gate.clock === "unsure" && word("clock"),
    gate.pending > 0 && word("pending", { n: number(gate.pending) }),
    gate.missing > 0 && word("missing", { n: number(gate.missing) }),
  ].filter(Boolean).join(" · ");
}

function show_gates() {
  const body = by_id("gates");
  const rows = new Map([...body.children].map((row) => [row.dataset.gate, row]));
  const ids = venue.gates.map((gate) => gate.id);
  for (const [id, row] of rows) if (!ids.includes(id)) row.remove();
  venue.gates.forEach((gate, place) => {
    const row = rows.get(gate.id)
      ?? by_id("gate-row").content.cloneNode(true).firstElementChild;
    const is = (name) => row.querySelector(`[data-is=${name}]`);
    if (!row.dataset.gate) {
      row.dataset.gate = gate.id;
      is("act").setAttribute("aria-label", word("act_on", { gate: gate.id }));
      is("act").addEventListener("click", () => {
        const newest = venue.gates.find((one) => one.id === row.dataset.gate);
        if (newest) open_gate(newest);
      });
    }
    if (body.children[place] !== row) body.insertBefore(row, body.children[place] ?? null);
    row.classList.toggle("stale", gate.stale);
    row.classList.toggle("faulty", gate.faults.length > 0);
    is("state").dataset.state = gate.state || "unknown";
    const texts = {
      id: gate.id,
      scan: gate.scan ? named("scan_", gate.scan) : "",
      state: named("state_", gate.state || "unknown"),
      notes: notes_on(gate),
      mode: gate.mode ? named("mode_", gate.mode) : "–",
      entered: number(gate.entered),
      left: number(gate.left),
      right: gate.scan === "exit" ? "–" : number(gate.right),
      backlog: gate.backlog === null ? "–" : number(gate.backlog),
    };
    for (const [name, text] of Object.entries(texts)) {
      if (is(name).textContent !== text) is(name).textContent = text;
    }
    is("mode").classList.toggle("unusual", gate.mode !== "normal" && gate.mode !== "");
  });
}

function show_alarms() {
  const list = by_id("alarms");
  by_id("no-alarms").hidden = venue.alarms.length > 0;
  list.hidden = venue.alarms.length === 0;
  const ids = venue.alarms.map((alarm) => alarm.id).join();
  if (list.dataset.shown === `${venue.id}:${ids}`) return;
  list.dataset.shown = `${venue.id}:${ids}`;
  list.replaceChildren(...venue.alarms.map((alarm) => {
    const item = document.createElement("li");
    item.dataset.kind = alarm.kind;
    const [time, what, detail] = ["time", "b", "span"].map((name) => document.createElement(name));
    time.textContent = moment(alarm.at, state.now);
    time.dateTime = new Date(alarm.at * 1000).toISOString();
    what.textContent = named("alarm_", alarm.kind);
    detail.textContent = [alarm.gate, alarm.detail].filter(Boolean).join(": ");
    item.append(time, what, detail);
    return item;
  }));
}

function show() {
  show_link();
  document.querySelector("main").hidden = !venue;
  show_tiles();
  if (!venue) return;
  show_number();
  show_muster(venue.muster);
  show_gates();
  show_alarms();
  show_curve();
}

// The venue of the address: `#mall-a`. Other places of the page (`#main`) are none.
const wanted = () => location.hash.slice(1);

set_up(() => venue);
const listen_to = listen(wanted(), {
  glance(newest) {
    glances.set(newest.id, newest);
  },
  curve({ start, points }) {
    curve = [...curve.slice(0, start), ...points];
  },
  venue(newest) {
    venue = newest;
  },
  state(newest) { // comes last: now the picture is whole
    state = newest;
    told_now = newest.now;
    heard_at_ms = performance.now();
    cut = false;
    if (!newest.shown) venue = null;
    const heard = venue?.gates.map((gate) => gate.heard_at).filter((at) => at !== null) ?? [];
    if (newest.online) stood_at = newest.now;
    else if (!stood_at) stood_at = Math.max(...heard, 0) || newest.at;
    show();
  },
  beat({ now }) {
    told_now = now;
    heard_at_ms = performance.now();
    if (state?.online) stood_at = now;
    show_link();
  },
  cut() {
    cut = true;
    show_link.tried = true;
    show_link();
  },
  gone() {
    location.assign("/signin");
  },
});
window.addEventListener("hashchange", () => {
  if (state?.venues.includes(wanted())) listen_to(wanted());
});
new ResizeObserver(() => state && show()).observe(by_id("curve"));
setInterval(() => state && !cut && show(), 10_000);
