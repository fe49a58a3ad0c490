/**
 * Times as people say them, in the reader's own language and zone.  Pure: now comes in as an argument.
 */

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "short" });
const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const DAY = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const DAY_OF_OTHER_YEAR = new Intl.DateTimeFormat(undefined, { dateStyle: "long" });

/** @param {string | number} at */
export function clockOf(at) {
  return CLOCK.format(new Date(at));
}

/** @param {string} at */
export function fullTimeOf(at) {
  return FULL.format(new Date(at));
}

/** @param {string} at */
export function dateOf(at) {
  return DATE.format(new Date(at));
}

/**
 * “Today”, “Yesterday”, “Monday, 3 March”, “3 March 2019”.
 *
 * @param {string} at
 * @param {Date} now
 */
export function dayLabelOf(at, now) {
  const day = new Date(at);
  const yesterday = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1);
  if (day.toDateString() === now.toDateString()) return "Today";
  if (day.toDateString() === yesterday.toDateString()) return "Yesterday";
  return (day.getFullYear() === now.getFullYear() ? DAY : DAY_OF_OTHER_YEAR).format(day);
}
