/** A message's text comes apart into text, and only into text: nobody writes markup or a script into somebody's page. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { parts } from "../../../static/state/format.js";

/** @param {string} body */
const kinds = (body) => parts(body).map(({ kind, text }) => `${kind}:${text}`);

test("links, code and blocks are taken out of the text around them", () => {
  const body = "See https://example.org/a?b=1, then `run it`:\n```sh\nmake run\n```\nDone.";
  assert.deepEqual(kinds(body), [
    "text:See ",
    "link:https://example.org/a?b=1",
    "text:,",
    "text: then ",
    "code:run it",
    "text::",
    "block:make run",
    "text:Done.",
  ]);
});

for (const [body, href] of /** @type {const} */ ([
  ["https://example.org.", "https://example.org/"],
  ["(https://example.org/a_(b))", "https://example.org/a_(b)"],
  ["HTTPS://EXAMPLE.org/Path", "https://example.org/Path"],
  ["http://[::1]:8000/x", "http://[::1]:8000/x"],
  ["https://example.org/ü?q=ä#ö", "https://example.org/%C3%BC?q=%C3%A4#%C3%B6"],
])) {
  test(`links: ${body}`, () => {
    const links = parts(body).filter((part) => part.kind === "link");
    assert.deepEqual(links.map((part) => part.href), [href]);
  });
}

for (const body of [
  "javascript:alert(1)",
  "JaVaScRiPt://example.org/%0aalert(1)",
  "data:text/html,<script>alert(1)</script>",
  "vbscript:x",
  "file:///etc/passwd",
  "//example.org",
  "https://",
  "http://%",
  "xhttps://example.org",
  "<img src=x onerror=alert(1)>",
]) {
  test(`is no link: ${body}`, () => {
    assert.deepEqual(parts(body).filter((part) => part.kind === "link"), []);
    assert.equal(parts(body).map(({ text }) => text).join(""), body);
  });
}

for (const body of ['https://example.org/"onmouseover="alert(1)', "https://example.org/<script>", "https://example.org/`x`"]) {
  test(`a link ends before what could leave an attribute: ${body}`, () => {
    const [link] = parts(body).filter((part) => part.kind === "link");
    assert.doesNotMatch(link?.href ?? "", /["<>`]/);
  });
}

test("links and code in code stay as they are", () => {
  assert.deepEqual(kinds("`https://example.org`"), ["code:https://example.org"]);
  assert.deepEqual(kinds("``` `a` https://b.example ```"), ["block: `a` https://b.example "]);
});

test("what is not closed is text", () => {
  assert.deepEqual(kinds("a `b\nc` d"), ["text:a `b\nc` d"]);
  assert.deepEqual(kinds("```no end"), ["text:```no end"]);
});

test("the longest message of the worst kind takes no time", () => {
  for (const piece of ["`", "```", "(", "https://(", "http://a).", "a`"]) {
    const started = performance.now();
    parts(piece.repeat(8_000 / piece.length));
    assert.ok(performance.now() - started < 500, piece);
  }
});
