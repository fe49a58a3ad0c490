/**
 * The one error of the network: what the server said, or that it could not be reached.  Views show its `detail`.
 */

/** @import {ProblemField} from "hubbub" */

export class Problem extends Error {
  /**
   * @param {string} code  One of the server's error codes, or `unreachable`.
   * @param {string} detail  What happened and what to do, for a person.
   * @param {ProblemField[]} errors
   * @param {number | null} retryAfter  In seconds; null when waiting does not help.
   */
  constructor(code, detail, errors = [], retryAfter = null) {
    super(detail);
    this.name = "Problem";
    this.code = code;
    this.detail = detail;
    this.errors = errors;
    this.retryAfter = retryAfter;
  }

  /** Whether the same again may succeed later. */
  get temporary() {
    return ["unreachable", "rate_limited", "server_busy", "internal"].includes(this.code);
  }

  static unreachable() {
    return new Problem("unreachable", "The server cannot be reached. Check your connection and try again.");
  }

  /**
   * From the error object of a body or an acknowledgement; anything else is an internal error.
   *
   * @param {any} error
   */
  static from(error) {
    if (error instanceof Problem) return error;
    if (typeof error?.code !== "string") {
      return new Problem("internal", "The server gave an answer that this page does not understand. Try again later.");
    }
    const detail = error.detail ?? error.title ?? error.code;
    return new Problem(error.code, detail, error.errors ?? [], error.retry_after ?? null);
  }
}

/**
 * What was asked for, or null when it is not there; any other problem is thrown.
 *
 * @template T
 * @param {Promise<T>} request
 * @returns {Promise<T | null>}
 */
export async function orNull(request) {
  try {
    return await request;
  } catch (error) {
    if (Problem.from(error).code === "not_found") return null;
    throw error;
  }
}
