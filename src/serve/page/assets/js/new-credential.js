// The first credential of a guest who has none: asks what Seam has to know, and has it created once there is a card for it.

import { ApiError, get } from "./api.js";
import { refused } from "./aloud.js";
import { ask } from "./dialog.js";
import { h, plain } from "./dom.js";
import { order } from "./now.js";
import { clock, day, moment } from "./times.js";
import { t } from "./words.js";

const DAY = 86_400_000;
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
  const rooms = new Map(entrances.filter((one) => one.is_room).map((one) => [plain(one.name), one]));
  const doors = entrances.filter((one) => !one.is_room);
  const room = h("input", { id: "room", type: "text", list: "rooms", autocomplete: "off", required: doors.length === 0 });
  const boxes = doors.map(() => h("input", { type: "checkbox" }));
  const stay = stayFields();
  const earlier = EARLIER[guest.external_type];
  const joins = h("select", { id: "earlier" }, h("option", { value: "end" }, t("create.earlier.end")), h("option", { value: "stay" }, t("create.earlier.stay")));
  const chosenDoors = () => doors.filter((_, at) => boxes[at].checked);

  function check() {
    const typed = room.value.trim();
    const nothing = !typed && chosenDoors().length === 0;
    room.setCustomValidity(nothing ? t("create.nothing") : typed && !rooms.has(typed) ? t("create.no_room", { text: typed }) : "");
    stay.check();
  }
  for (const one of [room, ...boxes, ...stay.inputs]) one.addEventListener("input", check);
  check();

  const body = [
    h("label", {}, t("create.room"), room, h("datalist", { id: "rooms" }, ...[...rooms.keys()].map((value) => h("option", { value })))),
    doors.length > 0 && h("fieldset", {}, h("legend", {}, t("fact.doors")), ...doors.map((door, at) => h("label", { class: "door" }, boxes[at], plain(door.name)))),
    ...stay.rows,
    earlier && h("label", {}, t("create.earlier"), joins),
  ];
  return {
    body: body.filter(Boolean),
    value() {
      const chosen = rooms.get(room.value.trim());
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
