/**
 * Where somebody was in each room that they left for another.  Whoever was at the end comes back to the end.
 */

/** @import {RowsView} from "./rows.js" */
/** @import {Scroller} from "./scroller.js" */

export class ReadingPlaces {
  #scroller;
  #rows;
  /** @type {Map<string, {message_id: string, offset: number}>} Per room. */
  #places = new Map();

  /**
   * @param {Scroller} scroller
   * @param {RowsView} rows
   */
  constructor(scroller, rows) {
    this.#scroller = scroller;
    this.#rows = rows;
  }

  /**
   * Before the rows of the room go.
   *
   * @param {string} room_id
   */
  keep(room_id) {
    const place = this.#scroller.place();
    const message_id = this.#rows.viewOf(place?.row)?.row?.message.id;
    if (place && message_id) this.#places.set(room_id, { message_id, offset: place.offset });
    else this.#places.delete(room_id);
  }

  /**
   * Once its rows are there again; false when there is no place to return to.
   *
   * @param {string} room_id
   */
  returnTo(room_id) {
    const place = this.#places.get(room_id);
    const row = place && this.#rows.nodeOf(place.message_id);
    if (row) this.#scroller.returnTo(row, place.offset);
    return Boolean(row);
  }
}
