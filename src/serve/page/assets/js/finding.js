// Who is meant by what is typed: how well it fits a guest, and whether anyone else may be meant. Pure.

import { plain } from "./dom.js";

/** The best first: the name comes before the room, and all that is shown before what is not. */
const WHOLE_NAME = 0;
const OF_NAME = [1, 2, 6];
const WHOLE_ROOM = 3;
const OF_ROOM = [4, 5, 6];
const HIDDEN = 7;
const OF_HIDDEN = [HIDDEN, 8, 9];
const NOT_THERE = 10;

/** Letters without case and accents, so that `muller` finds Müller. */
export function split(text) {
  const folded = plain(text, 200).normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replaceAll("ß", "ss");
  return folded.split(/[^\p{L}\p{N}]+/u).filter(Boolean);
}

/** The words by which a guest is found; `hidden` are those that do not say who it is: as long as a guest has no name, the list shows how Seam calls the card. */
export const wordsOf = ({ name, rooms, display_name: display }) => ({
  called: split(name ?? ""),
  room: split(rooms[0]),
  hidden: [...split(display), ...rooms.slice(1, 20).flatMap(split)],
});

/** Where a word stands among others: as a whole one, at the beginning of one, or somewhere in one. */
function best(words, wanted, ranks) {
  let found = 3;
  for (const word of words) {
    const at = word === wanted ? 0 : word.startsWith(wanted) ? 1 : word.includes(wanted) ? 2 : 3;
    if (at < found) found = at;
  }
  return ranks[found] ?? NOT_THERE;
}

function rankOf({ called, room, hidden }, wanted) {
  const text = wanted.join(" ");
  if (called.join(" ") === text) return WHOLE_NAME;
  let worst = 0;
  for (const one of wanted) worst = Math.max(worst, Math.min(best(called, one, OF_NAME), best(room, one, OF_ROOM), best(hidden, one, OF_HIDDEN)));
  return worst > WHOLE_ROOM && room.join(" ") === text ? WHOLE_ROOM : worst;
}

/** Of two that fit alike, the one that can be encoded comes first. */
const hindrance = ({ done, mark, section }) => (done ? 2 : mark && section > 0 ? 1 : 0);

/** Those that all words of the text fit, the best first; with `all`, the others after them. */
export function ranked(guests, text, all = false) {
  const wanted = split(text);
  const found = [];
  for (const guest of guests) {
    const rank = rankOf(guest.words, wanted);
    if (all || rank < NOT_THERE) found.push({ guest, rank: 3 * rank + hindrance(guest) });
  }
  return found.sort((one, other) => one.rank - other.rank).map(({ guest }) => guest);
}

/** Whether only the first of those found can be meant: by something that is shown, and by nothing that is shown of another one as well. */
export function isCertain([first, ...others], text) {
  const wanted = split(text);
  const rank = rankOf(first.words, wanted);
  if (rank >= HIDDEN) return false;
  for (const other of others) {
    if (rankOf(other.words, wanted) > rank) return true;
    if (isRival(first, other)) return false;
  }
  return true;
}

/** Several cards of one guest are no rivals, nor is one who shares the room and has a card. */
function isRival(one, other) {
  if (plain(one.rooms[0]) !== plain(other.rooms[0])) return true;
  return plain(one.name) !== plain(other.name) && !(other.done && !one.done);
}
