/**
 * The page: whoever is signed in gets the chat, everybody else the door.
 */

import { startChat } from "./chat.js";
import { api } from "./network/api.js";
import { Problem } from "./network/problem.js";
import { inviteOf } from "./state/route.js";
import { io } from "./vendor/socket.io.esm.min.js";
import { button, notice } from "./views/controls.js";
import { EntryView } from "./views/entry.js";
import { applyTheme } from "./views/theme.js";

/** @import {User} from "./state/types.js" */

const page = /** @type {HTMLElement} */ (document.getElementById("page"));

async function start() {
  try {
    enter(await api.me());
  } catch (error) {
    const { code, detail } = Problem.from(error);
    if (code === "unauthenticated") knock("");
    else page.replaceChildren(notice(detail, button("Try again", start, "link")));
  }
}

/** @param {User} me */
function enter(me) {
  if (location.pathname !== "/") history.replaceState(null, "", `/${location.hash}`);
  startChat({ io, me, page, left: knock });
}

/** @param {string} said */
function knock(said) {
  const door = new EntryView({ api, invite: inviteOf(location.pathname), said, entered: enter });
  page.replaceChildren(door.node);
}

applyTheme();
start();
