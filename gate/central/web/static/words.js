// Texts, numbers and times in the reader's language.

const texts = JSON.parse(document.getElementById("words").textContent);
const language = document.documentElement.lang;
const numbers = new Intl.NumberFormat(language);
const times = new Intl.DateTimeFormat(language, {
  hour: "2-digit", minute: "2-digit", hourCycle: "h23",
});
const times_s = new Intl.DateTimeFormat(language, {
  hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
});

const days = new Intl.DateTimeFormat(language, { day: "numeric", month: "short" });

export const number = (n) => numbers.format(n);
export const clock = (utc_s) => times.format(utc_s * 1000);
export const clock_s = (utc_s) => times_s.format(utc_s * 1000);

// A moment, with its day where that is not the day of `now`.
export function moment(utc_s, now_s) {
  const day = days.format(utc_s * 1000);
  return day === days.format(now_s * 1000) ? clock_s(utc_s) : `${day}, ${clock(utc_s)}`;
}

export function word(key, values = {}) {
  const text = texts[key];
  if (text === undefined) throw new Error(`no text for ${key}`);
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
}

// A text of a group that may be newer than this page: `mode_` + "normal"; else the bare name.
export const named = (group, name) => texts[group + name] ?? name;

export function answer(reply) {
  const key = `code_${reply.code}`;
  const values = { n: reply.wait_s, code: reply.code, gates: (reply.gates ?? []).join(", ") };
  return texts[key] === undefined ? word("code_other", values) : word(key, values);
}

export function ago(seconds) {
  if (seconds < 60) return word("ago_s", { n: number(Math.max(0, Math.round(seconds))) });
  if (seconds < 3600) return word("ago_min", { n: number(Math.floor(seconds / 60)) });
  return word("ago_h", { n: number(Math.floor(seconds / 3600)) });
}
