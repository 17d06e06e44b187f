// The orders of this browser, and whom each is for: other tabs show them too, and this one after it was loaded again.

const KEY = "orders";

/** So many are remembered. */
const MOST = 20;

function read() {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "[]");
  } catch {
    return [];
  }
}

/** Keeps what was ordered, and the guest as they are known now. */
export function keep(ticket, guest) {
  change([...read(), { ticket, guest }].slice(-MOST));
}

/** One of the tabs cancels an order: none of them is to be surprised. */
export function keepCancelled(ticket) {
  change(read().map((one) => (one.ticket === ticket ? { ...one, cancelled: true } : one)));
}

/** An order that is not ours after all: the browser was logged in anew. */
export function disown(ticket) {
  change(read().filter((one) => one.ticket !== ticket));
}

function change(orders) {
  try {
    localStorage.setItem(KEY, JSON.stringify(orders));
  } catch {
    // A browser that keeps nothing has its orders in the tab that gave them.
  }
}

const find = (ticket) => ticket && read().find((one) => one.ticket === ticket);

export const isOurs = (ticket) => Boolean(find(ticket));

/** Whom an order of this browser is for. */
export const whose = (ticket) => find(ticket)?.guest;

export const isCancelled = (ticket) => Boolean(find(ticket)?.cancelled);

/** Calls this when another tab has ordered, or cancelled. */
export function watchOthers(changed) {
  addEventListener("storage", ({ key }) => key === KEY && changed());
}
