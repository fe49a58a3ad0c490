/** Names, initials, finding by typing, days and addresses. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { byName, initialsOf, listed, matching, nameOf, titleOf } from "../../../static/state/names.js";
import { typingIn, withPresence, withTyping } from "../../../static/state/presence.js";
import { hashOf, inviteOf, routeOf } from "../../../static/state/route.js";
import { dayLabelOf } from "../../../static/state/times.js";
import { room, user, world } from "./world.js";

test("a room of direct messages is called by the others", () => {
  const state = world({ users: new Map([["ada", user("ada", "Ada")], ["bo", user("bo", "Bo")], ["cy", user("cy", "Cy")]]) });
  assert.equal(titleOf(state, room({ direct: true, name: "", user_ids: ["ada", "bo", "cy"] })), "Bo, Cy");
  assert.equal(titleOf(state, room({ direct: true, name: "", user_ids: ["ada"] })), "Ada (you)");
  assert.equal(titleOf(state, room()), "general");
  assert.equal(nameOf(state, "nobody"), "Somebody");
});

test("initials take whole characters", () => {
  assert.equal(initialsOf("Ada Lovelace"), "AL");
  assert.equal(initialsOf("  bo  "), "B");
  assert.equal(initialsOf("𝒜da"), "𝒜");
  assert.equal(initialsOf(""), "");
});

test("names are listed as people say them", () => {
  assert.equal(listed([]), "");
  assert.equal(listed(["A"]), "A");
  assert.equal(listed(["A", "B"]), "A and B");
  assert.equal(listed(["A", "B", "C"]), "A, B and C");
  assert.equal(listed(["A", "B", "C", "D"]), "A, B and 2 others");
});

test("typing finds the beginning of a name first, then of a word, then anything; accents do not matter", () => {
  const names = ["support", "team-sport", "Portugal", "Pôrto", "ops"];
  assert.deepEqual(matching(names, (name) => name, "port"), ["Portugal", "Pôrto", "support", "team-sport"]);
  assert.deepEqual(matching(names, (name) => name, "sp"), ["team-sport"]);
  assert.deepEqual(matching(names, (name) => name, ""), names);
  assert.deepEqual(matching(names, (name) => name, "zzz"), []);
});

test("names stand in the order that people expect", () => {
  assert.deepEqual(["room 10", "Room 2", "élan", "eagle", "zebra"].sort(byName), ["eagle", "élan", "Room 2", "room 10", "zebra"]);
});

test("days are called as people call them", () => {
  const now = new Date(2024, 2, 1, 9);
  assert.equal(dayLabelOf(new Date(2024, 2, 1, 0, 5).toISOString(), now), "Today");
  assert.equal(dayLabelOf(new Date(2024, 1, 29, 23).toISOString(), now), "Yesterday");
  assert.match(dayLabelOf(new Date(2023, 1, 28).toISOString(), now), /2023/);
});

test("an address and its place are each other's inverse", () => {
  for (const route of /** @type {const} */ ([
    { pane: "rooms", room_id: null },
    { pane: "room", room_id: "r1" },
    { pane: "details", room_id: "a/b c" },
  ])) {
    assert.deepEqual(routeOf(hashOf(route)), route);
  }
  assert.deepEqual(routeOf("#nonsense"), { pane: "rooms", room_id: null });
  assert.deepEqual(routeOf("#/rooms/%"), { pane: "rooms", room_id: null });
  assert.equal(inviteOf("/join/abc"), "abc");
  assert.equal(inviteOf("/"), null);
});

test("presence and typing come and go", () => {
  const online = withPresence(world(), { user_id: "bo", status: "online" });
  assert.equal(online.online.has("bo"), true);
  assert.equal(withPresence(online, { user_id: "bo", status: "offline" }).online.has("bo"), false);

  const typing = withTyping(world(), { room_id: "r1", user_id: "bo", typing: true }, 0);
  assert.deepEqual(typingIn(typing, "r1", 1_000), ["bo"]);
  assert.deepEqual(typingIn(typing, "r1", 60_000), []);
  assert.deepEqual(typingIn(withTyping(typing, { room_id: "r1", user_id: "bo", typing: false }, 1), "r1", 2), []);
  assert.deepEqual(typingIn(withTyping(world(), { room_id: "r1", user_id: "ada", typing: true }, 0), "r1", 1), []);
});
