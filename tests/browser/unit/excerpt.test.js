/** Which part of a found message is shown, and what is marked in it. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { excerptOf } from "../../../static/state/excerpt.js";

/**
 * @param {string} body
 * @param {string} wanted
 */
const marked = (body, wanted) => excerptOf(body, wanted).map(({ text, hit }) => (hit ? `[${text}]` : text)).join("");

test("whole words are marked, whatever their case and accents", () => {
  assert.equal(marked("Café and café, not cafeteria", "cafe"), "[Café] and [café], not cafeteria");
  assert.equal(marked("tea or TEA?", "tea or"), "[tea] [or] [TEA]?");
  assert.equal(marked("e\u0301tude", "étude"), "[e\u0301tude]");
});

test("words of scripts without spaces, and emoji, are marked inside of anything", () => {
  assert.equal(marked("今日は東京に行きます", "東京"), "今日は[東京]に行きます");
  assert.equal(marked("done🎉🎉", "🎉"), "done[🎉][🎉]");
});

test("what looks like a pattern is text, and what is not there marks nothing", () => {
  assert.equal(marked("1+1 = (2)", "1+1 (2)"), "[1+1] = [(2)]");
  assert.equal(marked("a.b axb", "a.b ["), "[a.b] axb");
  assert.equal(marked("hello", "bye"), "hello");
  assert.equal(marked("hello", " "), "hello");
  assert.equal(marked("", "hello"), "");
});

test("of a long message the part around the first word is shown, in whole characters", () => {
  const long = `${"before ".repeat(100)}needle ${"after ".repeat(100)}`;
  const shown = marked(long, "needle");
  assert.match(shown, /^…(before )+\[needle\] (after )+.*…$/);
  assert.ok(shown.length < 200);
  const emoji = marked(`${"🎉".repeat(300)}needle${"🎈".repeat(300)}`, "🎈");
  assert.ok(emoji.isWellFormed());
  assert.ok(emoji.includes("[🎈]"));
});

test("lines become one", () => {
  assert.equal(marked("one\n\n  two", "two"), "one [two]");
});
