/**
 * Ids for messages and requests.  `crypto.randomUUID` is missing on plain HTTP in a local network; this is not.
 */

const BYTES = 16;

/** 128 random bits as text. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(BYTES));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
