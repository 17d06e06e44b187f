// The first credential of a guest who has none: asks what Seam has to know, and has it created once there is a card for it.

import { ApiError, get } from "./api.js";
import { refused } from "./aloud.js";
import { ask } from "./dialog.js";
import { h, plain } from "./dom.js";
import { split } from "./finding.js";
import { order } from "./now.js";
import { clock, day, moment } from "./times.js";
import { t } from "./words.js";

const DAY = 86_400_000;
/** So many of those who have a key are named. */
const NAMED = 4;
/** When guests leave, where nothing else is said. */
const LEAVES = "12:00";

/** What becomes of the room's earlier cards, in the words of each kind of access system; the others do not ask. */
const EARLIER = {
  visionline_system: (ends) => ({ visionline_metadata: ends ? { override: true } : { auto_join: true } }),
  assa_abloy_vostio: (ends) => ({ assa_abloy_vostio_metadata: ends ? { override_all_guest_acs_entrances: true } : { join_all_guest_acs_entrances: true } }),
  hotek_site: (ends) => ({ hotek_metadata: ends ? { override: true } : { auto_join: true } }),
};

/** Asks for rooms, doors and the stay, and orders the card. Nothing is created before a card is there, and never a second time by itself. */
export async function firstCredential(guest) {
  let entrances;
  try {
    ({ entrances } = await get("/desk/entrances", { acs_system_id: guest.acs_system_id }));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return refused(error, (texts) => ask({ ...texts, yes: t("action.close") }));
  }
  const form = fields(guest, entrances);
  const wanted = await ask({ title: t("create.title", { name: guest.name }), body: form.body, yes: t("action.new_credential"), value: form.value });
  if (!wanted) return undefined;
  const { create, rooms, doors } = wanted;
  return order("/desk/encode", { create }, { ...guest, rooms, doors, ends_at: create.ends_at });
}

function fields(guest, entrances) {
  const rooms = entrances.filter((one) => one.is_room).map((one) => ({ ...one, called: plain(one.name), words: split(one.name) }));
  const doors = entrances.filter((one) => !one.is_room);
  const room = h("input", { id: "room", type: "text", list: "rooms", autocomplete: "off", required: doors.length === 0 });
  const boxes = doors.map(() => h("input", { type: "checkbox" }));
  const stay = stayFields();
  const earlier = EARLIER[guest.external_type];
  const choices = ["end", "stay"].map((one) => h("option", { value: one }, t(`create.earlier.${one}`)));
  // It ends other keys or lets them be: neither is chosen for the clerk where there are any.
  const joins = h("select", { id: "earlier", required: true }, h("option", { value: "", disabled: true, selected: true }, t("create.choose")), ...choices);
  const held = h("p", { id: "held", role: "status" });
  const chosenDoors = () => doors.filter((_, at) => boxes[at].checked);

  function check() {
    const typed = room.value.trim();
    const nothing = !typed && chosenDoors().length === 0;
    const meant = roomsOf(rooms, typed);
    const wrong = meant.length > 1 ? "create.which_room" : "create.no_room";
    room.setCustomValidity(nothing ? t("create.nothing") : typed && meant.length !== 1 ? t(wrong, { text: typed }) : "");
    stay.check();
    if (earlier) lookAtKeys(meant.length === 1 ? meant[0] : undefined);
  }

  let looked;
  /** Says whose keys the room has. */
  async function lookAtKeys(one) {
    if (one?.acs_entrance_id === looked) return;
    looked = one?.acs_entrance_id;
    held.textContent = "";
    joins.value = "";
    const keys = one && (await keysOf(one));
    if (!keys || one.acs_entrance_id !== looked) return;
    held.textContent = keys.said;
    if (keys.count === 0 && joins.value === "") joins.value = "end";
  }
  room.addEventListener("change", () => {
    const [one, ...more] = roomsOf(rooms, room.value.trim());
    if (one && more.length === 0) room.value = one.called;
  });
  for (const one of [room, ...boxes, ...stay.inputs]) one.addEventListener("input", check);
  check();

  const body = [
    h("label", {}, t("create.room"), room, h("datalist", { id: "rooms" }, ...rooms.map(({ called: value }) => h("option", { value })))),
    doors.length > 0 && h("fieldset", {}, h("legend", {}, t("fact.doors")), ...doors.map((door, at) => h("label", { class: "door" }, boxes[at], plain(door.name)))),
    ...stay.rows,
    earlier && held,
    earlier && h("label", {}, t("create.earlier"), joins),
  ];
  return {
    body: body.filter(Boolean),
    value() {
      const [chosen] = roomsOf(rooms, room.value.trim());
      const opens = [chosen, ...chosenDoors()].filter(Boolean);
      return {
        rooms: chosen ? [chosen.name] : [],
        doors: chosenDoors().map((door) => door.name),
        create: {
          acs_user_id: guest.acs_user_id,
          allowed_acs_entrance_ids: opens.map((one) => one.acs_entrance_id),
          ...stay.value(),
          ...earlier?.(joins.value === "end"),
        },
      };
    },
  };
}

/** The rooms that may be meant: the one of this name, else those of whose name all of this is a part. */
function roomsOf(rooms, typed) {
  const wanted = split(typed);
  if (wanted.length === 0) return [];
  const exact = rooms.filter(({ words }) => words.join(" ") === wanted.join(" "));
  return exact.length > 0 ? exact : rooms.filter(({ words }) => wanted.every((one) => words.includes(one)));
}

/** How many keys open a room now or later, and whose they are; undefined where Seam does not say. */
async function keysOf({ acs_entrance_id, called: room }) {
  try {
    const { acs_credentials: all = [] } = await get("/acs/entrances/list_credentials_with_access", { acs_entrance_id });
    const keys = all.filter((one) => one.issued_at && (!one.ends_at || Date.parse(one.ends_at) > Date.now()));
    if (keys.length === 0) return { count: 0, said: t("create.no_keys", { room }) };
    const holders = [...new Set(keys.map((one) => one.acs_user_id).filter(Boolean))].slice(0, NAMED);
    const users = await Promise.all(holders.map((acs_user_id) => get("/acs/users/get", { acs_user_id })));
    const called = users.map(({ acs_user: { full_name: name, display_name: other } }) => plain(name ?? other, 40)).filter(Boolean);
    const said = t("create.keys", { room, count: keys.length });
    return { count: keys.length, said: called.length > 0 ? `${said}: ${called.join(", ")}` : said };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return undefined;
  }
}

/** From now until tomorrow, on the property's clock. */
function stayFields() {
  const input = (type, id, value) => h("input", { type, id, value, required: true });
  const now = Date.now();
  const from = [input("date", "from-day", day(now)), input("time", "from-time", clock(now))];
  const until = [input("date", "until-day", day(now + DAY)), input("time", "until-time", LEAVES)];
  const of = ([onDay, atTime]) => (onDay.value && atTime.value ? moment(onDay.value, atTime.value) : undefined);
  const row = (key, [onDay, atTime]) => h("div", { class: "stay-row" }, h("label", {}, t(`create.${key}`), onDay), h("label", {}, t("extend.time"), atTime));
  return {
    inputs: [...from, ...until],
    rows: [row("from", from), row("until", until)],
    check() {
      const ends = of(until);
      const begins = of(from) ?? "";
      until[0].setCustomValidity(ends && (ends <= begins || Date.parse(ends) <= Date.now()) ? t("create.ends_first") : "");
    },
    /** A stay that has begun begins when Seam creates the credential. */
    value() {
      const begins = of(from);
      return { ...(Date.parse(begins) > Date.now() && { starts_at: begins }), ends_at: of(until) };
    },
  };
}
