/**
 * Loads windows of messages into the state, and the members of a room.  Knows nothing of the page.
 */

import { changeMembers, withMembers } from "../state/members.js";
import { settled } from "../state/pending.js";
import { changeTimelines, withNewer, withOlder, withQuote, withTimeline } from "../state/timelines.js";
import { orNull, Problem } from "./problem.js";

/** @import {History as Page, State, Timeline} from "../state/types.js" */
/** @import {Store} from "../state/store.js" */
/** @import {Api} from "./api.js" */

/** Messages in a page; when more are unread the first page grows up to the server's own bound. */
const PAGE = 50;
const PAGE_MAX = 200;

/** Rooms whose messages stay loaded; the one not seen for longest is let go first. */
const ROOMS_LOADED = 12;

export class History {
  #store;
  #api;

  /**
   * @param {Store} store
   * @param {Api} api
   */
  constructor(store, api) {
    this.#store = store;
    this.#api = api;
  }

  /**
   * The newest messages, unless they are there.
   *
   * @param {string} room_id
   */
  async open(room_id) {
    const timeline = this.#store.state.timelines.get(room_id);
    if (timeline) this.#store.update((state) => lastUsed(state, room_id, timeline));
    else await this.latest(room_id);
  }

  /** @param {string} room_id */
  async latest(room_id) {
    const unread = this.#store.state.rooms.get(room_id)?.membership?.unread_count ?? 0;
    const limit = String(Math.min(PAGE_MAX, Math.max(PAGE, unread + PAGE / 2)));
    await this.#load(`open ${room_id}`, room_id, { limit }, (_, page) => page);
  }

  /**
   * A window with `message_id` in it.
   *
   * @param {string} room_id
   * @param {string} message_id
   */
  async around(room_id, message_id) {
    const window = { around: message_id, limit: String(PAGE) };
    await this.#load(`open ${room_id}`, room_id, window, (_, page) => page);
  }

  /** @param {string} room_id */
  async older(room_id) {
    const before = this.#store.state.timelines.get(room_id)?.before;
    if (!before) return;
    await this.#load(`older ${room_id}`, room_id, { before, limit: String(PAGE) }, (timeline, page) =>
      timeline?.before === before ? withOlder(timeline, page) : null,
    );
  }

  /** @param {string} room_id */
  async newer(room_id) {
    const after = this.#store.state.timelines.get(room_id)?.after;
    if (!after) return;
    await this.#load(`newer ${room_id}`, room_id, { after, limit: String(PAGE) }, (timeline, page) =>
      timeline?.after === after ? withNewer(timeline, page) : null,
    );
  }

  /** @param {string} room_id */
  async members(room_id) {
    await this.#request(`members ${room_id}`, async () => {
      const mark = this.#store.mark();
      const members = await this.#api.members(room_id);
      return this.#store.merge(mark, (state) => withMembers(state, room_id, members), changeMembers);
    });
  }

  /**
   * A message that a reply points at and that is not loaded.
   *
   * @param {string} message_id
   */
  async quote(message_id) {
    if (this.#store.state.requests.has(`quote ${message_id}`)) return;
    await this.#request(`quote ${message_id}`, async () => {
      const mark = this.#store.mark();
      const message = await orNull(this.#api.message(message_id));
      return this.#store.merge(mark, (state) => withQuote(state, message_id, message), changeTimelines);
    });
  }

  /**
   * @param {string} name
   * @param {string} room_id
   * @param {{before?: string, after?: string, around?: string, limit: string}} window
   * @param {(timeline: Timeline | undefined, page: Page) => Timeline | null} join  Null when the page no longer fits.
   */
  async #load(name, room_id, window, join) {
    await this.#request(name, async () => {
      const mark = this.#store.mark();
      const page = await this.#api.history(room_id, window);
      /** @param {State} state */
      const reduce = (state) => {
        const timeline = join(state.timelines.get(room_id), page);
        return timeline === null || !state.rooms.has(room_id) ? state : settled(lastUsed(state, room_id, timeline));
      };
      return this.#store.merge(mark, reduce, changeTimelines);
    });
  }

  /**
   * One request of a name at a time; what went wrong is left in the state for the view to show.
   *
   * @param {string} name
   * @param {() => Promise<boolean>} work  False to be done again.
   */
  async #request(name, work) {
    if (this.#store.state.requests.get(name) === "loading") return;
    this.#note(name, "loading");
    try {
      while (!(await work()));
      this.#note(name, null);
    } catch (error) {
      this.#note(name, Problem.from(error));
    }
  }

  /**
   * @param {string} name
   * @param {"loading" | Problem | null} status
   */
  #note(name, status) {
    this.#store.update((state) => {
      const requests = new Map(state.requests);
      if (status === null) requests.delete(name);
      else requests.set(name, status);
      return { ...state, requests };
    });
  }
}

/**
 * @param {State} state
 * @param {string} room_id
 * @param {Timeline} timeline
 * @returns {State}
 */
function lastUsed(state, room_id, timeline) {
  const timelines = new Map(state.timelines);
  timelines.delete(room_id);
  for (const oldest of timelines.keys()) {
    if (timelines.size < ROOMS_LOADED) break;
    timelines.delete(oldest);
  }
  return withTimeline({ ...state, timelines }, room_id, timeline);
}
