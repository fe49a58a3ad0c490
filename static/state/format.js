/**
 * Takes a message's text apart into what is shown differently: links, `code`, and blocks between three backticks.
 * Everything that comes out is text; nothing here makes markup, so nothing in a message can become markup.  Pure.
 */

/**
 * @typedef {{kind: "text" | "code" | "block", text: string}} PlainPart
 * @typedef {{kind: "link", text: string, href: string}} LinkPart
 * @typedef {PlainPart | LinkPart} Part
 */

// With the line ends around it: a block stands on lines of its own.
const BLOCK = /\n?```(?:[\w+-]*\n)?([^]*?)```\n?/g;
const CODE = /`([^`\n]+)`/g;
const LINK = /\bhttps?:\/\/[^\s<>"`]+/gi;

/** Punctuation that ends the sentence and not the address. */
const TRAILING = /[.,:;!?'*_~]+$/;

/**
 * @param {string} body
 * @returns {Part[]}
 */
export function parts(body) {
  return split(body, BLOCK, (match) => [{ kind: "block", text: (match[1] ?? "").replace(/\n$/, "") }], (outside) =>
    split(outside, CODE, (match) => [{ kind: "code", text: match[1] ?? "" }], (text) =>
      split(text, LINK, linked, (rest) => [{ kind: "text", text: rest }]),
    ),
  );
}

/**
 * @param {string} text
 * @param {RegExp} pattern
 * @param {(match: RegExpMatchArray) => Part[]} inside
 * @param {(text: string) => Part[]} outside
 * @returns {Part[]}
 */
function split(text, pattern, inside, outside) {
  const found = [];
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    if (match.index > end) found.push(...outside(text.slice(end, match.index)));
    found.push(...inside(match));
    end = match.index + match[0].length;
  }
  if (end < text.length) found.push(...outside(text.slice(end)));
  return found;
}

/**
 * @param {RegExpMatchArray} match
 * @returns {Part[]}
 */
function linked(match) {
  const address = trimmed(match[0]);
  const rest = match[0].slice(address.length);
  /** @type {Part[]} */
  const tail = rest ? [{ kind: "text", text: rest }] : [];
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:")) {
    return [{ kind: "text", text: address }, ...tail];
  }
  return [{ kind: "link", text: address, href: url.href }, ...tail];
}

/**
 * Without what belongs to the sentence: `(see https://example.org/a_(b)).` keeps the inner pair only.
 *
 * @param {string} address
 */
function trimmed(address) {
  let kept = address.replace(TRAILING, "");
  while (kept.endsWith(")") && count(kept, ")") > count(kept, "(")) kept = kept.slice(0, -1).replace(TRAILING, "");
  return kept;
}

/**
 * @param {string} text
 * @param {string} character
 */
function count(text, character) {
  return text.split(character).length - 1;
}
