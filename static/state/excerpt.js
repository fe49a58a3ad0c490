/**
 * The part of a found message that shows why it was found, with the words in it marked.  What a word is the server
 * decides; this is near enough to point at it.  Pure.
 */

/** @typedef {{text: string, hit: boolean}} Piece */

/** Characters before the first word that was found, and in all. */
const BEFORE = 40;
const LENGTH = 180;

/** Scripts without spaces between words, where a word may stand inside of anything. */
const INSIDE = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]|[^\p{L}\p{N}]/u;

/**
 * @param {string} body
 * @param {string} wanted  What was typed.
 * @returns {Piece[]}
 */
export function excerptOf(body, wanted) {
  const flat = body.replace(/\s+/g, " ").trim();
  const hits = hitsIn(flat, wanted);
  const start = startOf(flat, hits[0]?.[0] ?? 0);
  const end = start + LENGTH >= flat.length ? flat.length : whole(flat, start + LENGTH);
  /** @type {Piece[]} */
  const pieces = start > 0 ? [{ text: "…", hit: false }] : [];
  let place = start;
  for (const [from, to] of hits) {
    if (from < place || to > end) continue;
    if (from > place) pieces.push({ text: flat.slice(place, from), hit: false });
    pieces.push({ text: flat.slice(from, to), hit: true });
    place = to;
  }
  const rest = flat.slice(place, end) + (end < flat.length ? "…" : "");
  return rest ? [...pieces, { text: rest, hit: false }] : pieces;
}

/**
 * Where the words stand, in order, none in another.
 *
 * @param {string} text
 * @param {string} wanted
 */
function hitsIn(text, wanted) {
  const { folded, places } = foldedWithPlaces(text);
  const words = [...new Set(fold(wanted).split(/\s+/).filter(Boolean))].sort((a, b) => b.length - a.length);
  if (words.length === 0) return [];
  const pattern = words.map((word) => {
    const literal = word.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
    return INSIDE.test(word) ? literal : `(?<![\\p{L}\\p{N}])${literal}(?![\\p{L}\\p{N}])`;
  });
  return [...folded.matchAll(new RegExp(pattern.join("|"), "gu"))].map(
    ({ index, 0: found }) => /** @type {const} */ ([places[index] ?? 0, places[index + found.length] ?? text.length]),
  );
}

/**
 * The text as it is compared, and where each of its characters comes from.
 *
 * @param {string} text
 */
function foldedWithPlaces(text) {
  let folded = "";
  const places = [];
  let place = 0;
  for (const character of text) {
    const one = fold(character);
    for (let count = 0; count < one.length; count++) places.push(place);
    folded += one;
    place += character.length;
  }
  return { folded, places };
}

/** @param {string} text */
function fold(text) {
  return text.normalize("NFD").replace(/\p{Mn}/gu, "").normalize("NFC").toLowerCase();
}

/**
 * A little before the first word that was found, at the beginning of a word where there is one.
 *
 * @param {string} text
 * @param {number} first
 */
function startOf(text, first) {
  if (first <= BEFORE) return 0;
  const space = text.indexOf(" ", first - BEFORE);
  return space !== -1 && space < first ? space + 1 : whole(text, first - BEFORE);
}

/**
 * Not between the halves of a character.
 *
 * @param {string} text
 * @param {number} place
 */
function whole(text, place) {
  return /[\uDC00-\uDFFF]/.test(text.charAt(place)) ? place - 1 : place;
}
