// Times as the property has them, whatever zone the browser is in.

import { language } from "./words.js";

const DAY = 86_400_000;
const MINUTE = 60_000;

let zone;
let asked;
const made = new Map();

/** Whether the times are the property's. */
export const isZoned = () => zone !== undefined;

/** The property's time zone; one that the browser does not know leaves its own. Gives whether the times are others now. */
export function setZone(name) {
  if (name === asked) return false;
  asked = name;
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    zone = name ?? undefined;
  } catch {
    zone = undefined;
  }
  made.clear();
  return true;
}

function format(key, options) {
  if (!made.has(key)) made.set(key, new Intl.DateTimeFormat(key.startsWith("iso") ? "en-CA" : language, { timeZone: zone, ...options }));
  return made.get(key);
}

const date = (at) => new Date(at);

/** The property's calendar day, as `2026-11-28`. */
export function day(at) {
  return format("iso-day", { year: "numeric", month: "2-digit", day: "2-digit" }).format(date(at));
}

/** The property's time of day, as `14:05`. */
export function clock(at) {
  return format("iso-clock", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(date(at));
}

/** The time of day in the reader's language. */
export function time(at) {
  return format("time", { hour: "numeric", minute: "2-digit" }).format(date(at));
}

/** How many days of the calendar it is from today. */
export function daysAway(at, now = Date.now()) {
  return Math.round((Date.parse(day(at)) - Date.parse(day(now))) / DAY);
}

/** The day in words: today, tomorrow, or a date. */
export function dayInWords(at) {
  const away = daysAway(at);
  if (Math.abs(away) <= 1) return new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(away, "day");
  const year = day(at).slice(0, 4) === day(Date.now()).slice(0, 4) ? {} : { year: "numeric" };
  return format(`day${year.year ?? ""}`, { weekday: "short", day: "numeric", month: "short", ...year }).format(date(at));
}

export function dayAndTime(at) {
  return `${dayInWords(at)}, ${time(at)}`;
}

/** How long ago, in words. */
export function ago(at) {
  const minutes = Math.round((date(at) - Date.now()) / MINUTE);
  const words = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "short" });
  if (minutes >= 0) return words.format(0, "second");
  if (minutes > -60) return words.format(minutes, "minute");
  if (minutes > -48 * 60) return words.format(Math.round(minutes / 60), "hour");
  return words.format(Math.round(minutes / 1440), "day");
}

/** The moment at which the property's clock shows this day and time. */
export function moment(onDay, atTime) {
  const wanted = Date.parse(`${onDay}T${atTime}Z`);
  let guess = wanted;
  // The second turn settles a guess on the other side of a change of the clocks.
  for (let turn = 0; turn < 2; turn += 1) guess += wanted - Date.parse(`${day(guess)}T${clock(guess)}Z`);
  return new Date(guess).toISOString();
}
