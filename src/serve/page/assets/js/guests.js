// The guests: who waits for a card and who was done today, in the order in which a desk asks for them.

import { get } from "./api.js";
import { plain } from "./dom.js";
import { ranked, split, wordsOf } from "./finding.js";
import { daysAway } from "./times.js";
import { language } from "./words.js";

/** What names a guest's card: a credential, or an access method; the user of one who has neither. */
export const idOf = (guest) => guest.acs_credential_id ?? guest.access_method_id ?? guest.acs_user_id;

let everyone = [];
let complete = false;
let byId = new Map();

/** Asks the agent; the browser keeps the last answer and its ETag. */
export async function loadGuests() {
  const { guests = [], done_today: done = [], complete: all = true } = await get("/desk/guests");
  const order = new Intl.Collator(language, { numeric: true });
  const made = [...guests.map((guest) => prepare(guest, false)), ...done.map((guest) => prepare(guest, true))];
  complete = all;
  everyone = made.sort((one, other) => one.section - other.section || order.compare(one.first, other.first));
  byId = new Map(everyone.map((guest) => [idOf(guest), guest]));
  tellApart();
}

/** Whether the agent has all of them yet. */
export const isComplete = () => complete;

/** Gives guests who look alike what differs between them. */
function tellApart() {
  const alike = new Map();
  for (const guest of everyone) {
    const key = `${plain(guest.name)}|${plain(guest.rooms[0])}`;
    alike.set(key, [...(alike.get(key) ?? []), guest]);
  }
  for (const twins of alike.values()) {
    if (twins.length < 2) continue;
    const kinds = [({ doors }) => (doors ?? []).map((door) => plain(door, 30)).join(", "), ({ system }) => plain(system), ({ display_name: shown }) => plain(shown)];
    // What one of them does not say of itself tells nobody apart.
    const differs = kinds.find((kind) => twins.every(kind) && new Set(twins.map(kind)).size > 1);
    if (differs) for (const twin of twins) twin.apart = differs(twin);
  }
}

export const guestOf = (id) => byId.get(id);

/** Adds what a search at Seam has found, for as long as the page is open: guests, and users without a credential for a card. */
export function remember({ guests: found = [], users = [] }) {
  const made = [...found.map((guest) => prepare(guest, Boolean(guest.is_issued))), ...users.map((user) => ({ ...prepare(user, false), isNew: true }))];
  for (const guest of made) if (!byId.has(idOf(guest))) byId.set(idOf(guest), guest);
  return made.map((guest) => byId.get(idOf(guest)));
}

export const SECTIONS = ["unfinished", "arriving", "staying", "later", "done"];

function prepare(guest, done) {
  const rooms = guest.rooms ?? [];
  const called = guest.name ?? guest.display_name ?? "";
  return {
    ...guest,
    mark: guest.mark ?? (isOver(guest) ? { code: "credential_ended" } : undefined),
    name: called,
    rooms,
    done,
    section: SECTIONS.indexOf(done ? "done" : section(guest)),
    first: rooms[0] ? `${plain(rooms[0])} ${plain(called)}` : plain(called),
    words: wordsOf({ ...guest, rooms }),
  };
}

/** No card is written for a stay that is over. */
export const isOver = ({ ends_at: until }) => Boolean(until) && Date.parse(until) <= Date.now();

function section({ mark, arrives_today: today, starts_at: starts }) {
  if (mark?.code === "card_unfinished" || mark?.code === "card_not_wiped") return "unfinished";
  const away = starts ? daysAway(starts) : -1;
  if (today ?? away === 0) return "arriving";
  return away > 0 ? "later" : "staying";
}

/** Those whose name or room has all words of the text, the best first; all of them without a text. */
export const find = (text) => (split(text).length === 0 ? everyone : ranked(everyone, text));
