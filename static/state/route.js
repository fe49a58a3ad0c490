/**
 * Which place of the page an address means.  Pure.
 */

/** @typedef {{pane: "rooms" | "room" | "details", room_id: string | null}} Route */

/**
 * @param {string} hash  As `location.hash` gives it.
 * @returns {Route}
 */
export function routeOf(hash) {
  const match = /^#\/rooms\/((?:[^/%]|%[0-9A-F]{2})+)(\/details)?$/i.exec(hash);
  if (!match) return { pane: "rooms", room_id: null };
  return { pane: match[2] ? "details" : "room", room_id: new URLSearchParams(`id=${match[1]}`).get("id") };
}

/** @param {Route} route */
export function hashOf({ pane, room_id }) {
  if (room_id === null) return "#/";
  return `#/rooms/${encodeURIComponent(room_id)}${pane === "details" ? "/details" : ""}`;
}

/**
 * The invitation in a path like `/join/CODE`.
 *
 * @param {string} path
 */
export function inviteOf(path) {
  return /^\/join\/([^/]+)\/?$/.exec(path)?.[1] ?? null;
}
