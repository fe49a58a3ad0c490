/**
 * The Socket.IO connection: commands with an answer each, events as they come, and a connection that returns by itself.
 * Knows neither the state nor the page.
 */

import { Problem } from "./problem.js";

/** @import {io as connect, Socket} from "socket.io-client" */
/** @import {ClientEvents, Commands, ServerEvents} from "hubbub" */
/** @import {Change, Ready} from "../state/types.js" */

/** How long an answer may take, in milliseconds, before the command counts as lost. */
const ANSWER_TIMEOUT = 10_000;

/** Between two attempts, in milliseconds: doubling, with chance, so that a restart is not followed by a stampede. */
const RETRY_MIN = 500;
const RETRY_MAX = 15_000;
const RETRY_SPREAD = 0.5;

/**
 * The types of the changes in the log; each is an event of its own.
 *
 * @type {Record<Change["type"], true>}
 */
const CHANGES = {
  message_posted: true,
  message_edited: true,
  message_deleted: true,
  reaction_added: true,
  reaction_removed: true,
  room_created: true,
  room_changed: true,
  room_deleted: true,
  member_joined: true,
  member_left: true,
  member_changed: true,
  read_marked: true,
  user_changed: true,
};

/**
 * What travels beside the log is handed on as it is.
 *
 * @type {("presence_changed" | "typing_changed" | "resync")[]}
 */
const NOTICES = ["presence_changed", "typing_changed", "resync"];

/**
 * Fires `change` (detail: a change), `ready`, `presence_changed`, `typing_changed`, `resync` (detail: as sent),
 * `down`, and `refused` (detail: a Problem that no waiting mends).
 */
export class LiveSocket extends EventTarget {
  #socket;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #wanted = false;
  #ready = false;
  #restartsIn = 0;

  /**
   * @param {typeof connect} io
   * @param {() => string | null} cursor  Where in the log to go on.
   * @param {string} url
   */
  constructor(io, cursor, url = "") {
    super();
    /** @type {Socket<ServerEvents, ClientEvents>} */
    this.#socket = io(url || location.origin, {
      autoConnect: false,
      path: "/socket.io",
      rememberUpgrade: true,
      reconnectionDelay: RETRY_MIN,
      reconnectionDelayMax: RETRY_MAX,
      randomizationFactor: RETRY_SPREAD,
      auth: (answer) => answer(cursor() === null ? {} : { cursor: cursor() }),
    });
    this.#listen();
  }

  /** Connected, and every missed change has come. */
  get ready() {
    return this.#ready;
  }

  open() {
    this.#wanted = true;
    this.#socket.connect();
  }

  close() {
    this.#wanted = false;
    clearTimeout(this.#timer);
    this.#socket.disconnect();
  }

  /** Tries at once instead of waiting for the next attempt. */
  hurry() {
    if (!this.#wanted || this.#socket.connected) return;
    clearTimeout(this.#timer);
    this.#socket.disconnect();
    this.#socket.connect();
  }

  /**
   * @template {keyof Commands} Name
   * @param {Name} name
   * @param {Commands[Name]["data"]} data
   * @returns {Promise<Commands[Name]["answer"]>}
   */
  async command(name, data) {
    if (!this.#ready) throw Problem.unreachable();
    const answer = await this.#socket
      .timeout(ANSWER_TIMEOUT)
      .emitWithAck(name, data)
      .catch(() => {
        throw Problem.unreachable();
      });
    if (answer?.ok !== true) throw Problem.from(answer?.error);
    return answer.data;
  }

  #listen() {
    for (const type of /** @type {Change["type"][]} */ (Object.keys(CHANGES))) {
      this.#socket.on(type, (/** @type {Change} */ change) => this.#fire("change", change));
    }
    for (const type of NOTICES) this.#socket.on(type, (data) => this.#fire(type, data));
    this.#socket.on("ready", (/** @type {Ready} */ ready) => {
      this.#ready = true;
      this.#fire("ready", ready);
    });
    this.#socket.on("server_restarting", ({ retry_after_ms }) => this.#waitForRestart(retry_after_ms));
    this.#socket.on("disconnect", (reason) => this.#disconnected(reason));
    this.#socket.on("connect_error", (error) => this.#failed(error));
  }

  /** @param {number} delay  In milliseconds. */
  #waitForRestart(delay) {
    this.#restartsIn = delay;
    this.#socket.disconnect();
  }

  /** @param {string} reason */
  #disconnected(reason) {
    this.#ready = false;
    this.#fire("down", null);
    // The library returns by itself unless one of the two sides has ended the connection on purpose.
    if (reason.startsWith("io ")) this.#reopenAfter(this.#restartsIn || RETRY_MIN);
    this.#restartsIn = 0;
  }

  /** @param {Error & {data?: any}} error */
  #failed(error) {
    this.#fire("down", null);
    if (!error.data?.code) return; // Not reached: the library tries again by itself.
    const problem = Problem.from(error.data);
    if (!problem.temporary) this.#fire("refused", problem);
    else this.#reopenAfter((problem.retryAfter ?? 0) * 1_000 || RETRY_MAX / 2);
  }

  /** @param {number} delay  In milliseconds; chance adds to it. */
  #reopenAfter(delay) {
    if (!this.#wanted) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#wanted && this.#socket.connect(), delay * (1 + RETRY_SPREAD * Math.random()));
  }

  /**
   * @param {string} type
   * @param {unknown} detail
   */
  #fire(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
