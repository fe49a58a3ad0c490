/**
 * Keeps the state and the server's log together: a cursor first, then a snapshot, then every change after the cursor.
 * A connection that returns goes on from its cursor; one whose cursor is gone starts over.  Knows nothing of the page.
 */

import { withPresence, withTyping } from "../state/presence.js";
import { changeRoomAgain } from "../state/room-changes.js";
import { withRoom } from "../state/rooms.js";
import { withSnapshot } from "../state/snapshot.js";

/** @import {Change, Ready} from "../state/types.js" */
/** @import {Store} from "../state/store.js" */
/** @import {Api} from "./api.js" */
/** @import {LiveSocket} from "./socket.js" */
/** @import {Problem} from "./problem.js" */

/** Changes that may wait for a snapshot; beyond it a new snapshot costs less. */
const HELD_CHANGES = 5_000;

/** A changes page, and how many of them are fetched before a new snapshot costs less. */
const CHANGES_PAGE = 1_000;
const CHANGES_PAGES = 10;

/** Before the page tries a snapshot again that failed, in milliseconds. */
const SNAPSHOT_RETRY = 3_000;

/**
 * Fires `started` after each snapshot, `ready` when live, `ended` (detail: Problem) when the session is over, and
 * `failed` (detail: Problem) when a snapshot cannot be had and is tried again.
 */
export class Sync extends EventTarget {
  #store;
  #api;
  #socket;
  /** @type {Change[] | null} */
  #held = null;
  #round = 0;

  /**
   * @param {Store} store
   * @param {Api} api
   * @param {LiveSocket} socket
   */
  constructor(store, api, socket) {
    super();
    this.#store = store;
    this.#api = api;
    this.#socket = socket;
    this.#on("change", (change) => this.#take(change));
    this.#on("ready", (ready) => this.#ready(ready));
    this.#on("resync", (resync) => this.#resync(resync));
    this.#on("refused", (problem) => this.#refused(problem));
    this.#on("presence_changed", (event) => store.update((state) => withPresence(state, event)));
    this.#on("typing_changed", (event) => store.update((state) => withTyping(state, event, Date.now())));
    store.addEventListener("change", () => this.#fetchMissing());
  }

  /** Goes live and loads everything; again after a cursor that is gone. */
  start() {
    this.#round++;
    this.#held = [];
    this.#store.update((state) => ({ ...state, cursor: null }));
    this.#socket.close();
    this.#socket.open();
  }

  stop() {
    this.#round++;
    this.#socket.close();
  }

  /** The snapshot, once the place in the log is known from which on changes are held. */
  async #load() {
    const round = this.#round;
    try {
      const [me, rooms, users] = await Promise.all([this.#api.me(), this.#api.rooms(), this.#api.users()]);
      if (round !== this.#round) return;
      this.#store.update((state) => withSnapshot(state, { me, rooms, users }));
      this.#release();
      this.#fire("started", null);
    } catch (error) {
      if (round === this.#round) this.#loadAgain(/** @type {Problem} */ (error));
    }
  }

  /** @param {Problem} problem */
  #loadAgain(problem) {
    if (problem.code === "unauthenticated") {
      this.#end(problem);
      return;
    }
    this.#fire("failed", problem);
    const round = this.#round;
    const delay = (problem.retryAfter ?? 0) * 1_000 || SNAPSHOT_RETRY;
    setTimeout(() => round === this.#round && this.#load(), delay);
  }

  /** @param {Problem} problem */
  #end(problem) {
    this.stop();
    this.#fire("ended", problem);
  }

  /** @param {Change} change */
  #take(change) {
    if (this.#held === null) this.#store.receive(change);
    else if (this.#held.push(change) > HELD_CHANGES) this.start();
  }

  #release() {
    const held = this.#held ?? [];
    this.#held = null;
    for (const change of held) this.#store.receive(change);
    // A snapshot may or may not have counted those who came and went meanwhile.
    const moved = held.filter((change) => change.type === "member_joined" || change.type === "member_left");
    for (const room_id of new Set(moved.map((change) => change.room_id))) {
      if (room_id && this.#store.state.rooms.has(room_id)) this.#fetchRoom(room_id);
    }
  }

  /** @param {Ready} ready */
  #ready({ cursor, limits, online, resumed }) {
    const first = this.#store.state.cursor === null;
    if (!first && !resumed) {
      this.start();
      return;
    }
    this.#store.update((state) => ({
      ...state,
      cursor: state.cursor ?? cursor,
      limits,
      online: new Set(online),
      typing: new Map(),
      // What failed while the connection was away may be asked for again.
      requests: new Map([...state.requests].filter(([, request]) => request === "loading")),
    }));
    this.#fire("ready", null);
    if (first) this.#load();
  }

  /** @param {Problem} problem */
  #refused(problem) {
    if (problem.code === "gone") this.start();
    else this.#end(problem);
  }

  /**
   * Changes were left out: they are fetched, and what comes meanwhile waits behind them.
   *
   * @param {{reason: string}} resync
   */
  async #resync({ reason }) {
    // Without a snapshot what was left out cannot be told from what the snapshot will hold.
    if (reason === "cursor_gone" || this.#held !== null) {
      this.start();
      return;
    }
    this.#held = [];
    const round = ++this.#round;
    const complete = await this.#catchUp(round).catch(() => false);
    if (round !== this.#round) return;
    if (complete) this.#release();
    else this.start();
  }

  /**
   * Fetches until there is no more; false when there is too much.
   *
   * @param {number} round
   */
  async #catchUp(round) {
    for (let page = 0; page < CHANGES_PAGES; page++) {
      const since = this.#store.state.cursor;
      if (since === null) return false;
      const { changes, cursor, more } = await this.#socket.command("get_changes", { since, limit: CHANGES_PAGE });
      if (round !== this.#round) return false;
      for (const change of changes) this.#store.receive(change);
      this.#store.update((state) => ({ ...state, cursor }));
      if (!more) return true;
    }
    return false;
  }

  #fetchMissing() {
    for (const room_id of this.#store.state.missing) this.#fetchRoom(room_id);
  }

  /** @param {string} room_id */
  async #fetchRoom(room_id) {
    const mark = this.#store.mark();
    this.#store.update((state) => ({ ...state, missing: new Set([...state.missing].filter((id) => id !== room_id)) }));
    const room = await this.#api.room(room_id).catch(() => null);
    if (room === null) return; // Gone again, or the connection is: a snapshot or the log will tell.
    this.#store.merge(mark, (state) => withRoom(state, room), changeRoomAgain);
  }

  /**
   * @param {string} type
   * @param {(detail: any) => void} listener
   */
  #on(type, listener) {
    this.#socket.addEventListener(type, (event) => listener(/** @type {CustomEvent} */ (event).detail));
  }

  /**
   * @param {string} type
   * @param {unknown} detail
   */
  #fire(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
