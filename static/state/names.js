/**
 * What things are called on the page, and how they are found by typing.  Pure.
 */

/** @import {RoomForMe, State} from "./types.js" */

const COLLATOR = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

/**
 * @param {State} state
 * @param {string | null} user_id
 */
export function nameOf(state, user_id) {
  return state.users.get(user_id ?? "")?.display_name ?? "Somebody";
}

/**
 * A room of direct messages is called by the others in it.
 *
 * @param {State} state
 * @param {RoomForMe} room
 */
export function titleOf(state, room) {
  if (!room.direct) return room.name;
  const others = othersIn(state, room);
  return others.length > 0 ? others.map((id) => nameOf(state, id)).join(", ") : `${nameOf(state, state.me?.id ?? "")} (you)`;
}

/**
 * @param {State} state
 * @param {RoomForMe} room
 */
export function othersIn(state, room) {
  return room.user_ids.filter((id) => id !== state.me?.id);
}

/**
 * One or two letters for a round picture.
 *
 * @param {string} name
 */
export function initialsOf(name) {
  const words = name.trim().split(/\s+/);
  const letters = [words[0], words.length > 1 ? words.at(-1) : ""].map((word) => [...(word ?? "")][0] ?? "");
  return letters.join("").toLocaleUpperCase();
}

/**
 * The order of a list of names: as the reader's language has it, “room 2” before “room 10”.
 *
 * @param {string} a
 * @param {string} b
 */
export function byName(a, b) {
  return COLLATOR.compare(a, b);
}

/**
 * “Ada”, “Ada and Bo”, “Ada, Bo and 3 others”.
 *
 * @param {string[]} names
 */
export function listed(names) {
  if (names.length <= 1) return names[0] ?? "";
  if (names.length === 2) return `${names[0]} and ${names[1]}`;
  if (names.length === 3) return `${names[0]}, ${names[1]} and ${names[2]}`;
  return `${names[0]}, ${names[1]} and ${names.length - 2} others`;
}

/**
 * How well `name` answers what was typed: 0 not at all, the more the better.
 *
 * @param {string} name
 * @param {string} typed
 */
export function matchOf(name, typed) {
  const wanted = folded(typed).trim();
  const given = folded(name);
  if (wanted === "") return 1;
  if (given.startsWith(wanted)) return 4;
  if (given.split(/[\s_.-]+/).some((word) => word.startsWith(wanted))) return 3;
  return given.includes(wanted) ? 2 : 0;
}

/**
 * Those that match, best first; equals keep their order.
 *
 * @template T
 * @param {T[]} things
 * @param {(thing: T) => string} name
 * @param {string} typed
 * @returns {T[]}
 */
export function matching(things, name, typed) {
  return things
    .map((thing) => ({ thing, score: matchOf(name(thing), typed) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .map(({ thing }) => thing);
}

/** @param {string} text */
function folded(text) {
  return text.normalize("NFD").replace(/\p{Mn}/gu, "").toLocaleLowerCase();
}
