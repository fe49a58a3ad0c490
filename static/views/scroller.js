/**
 * Keeps the reader's place.  At the end it stays at the end; anywhere else the first message in sight stays on the
 * pixel where it is, whatever is put in, taken out or grows above or below it.
 */

import { reducedMotion } from "./controls.js";

/** Nearer to the end than this, in pixels, is at the end. */
const NEAR_END = 24;

/** What sums of positions are off by, in pixels; setting a position ends a smooth scroll that is under way. */
const ROUNDING = 0.5;

export class Scroller extends EventTarget {
  #box;
  #content;
  #anchorOf;
  #atEnd = true;
  /** Where it stood when it was last looked at, in pixels. */
  #top = 0;
  /** @type {{node: Element, top: number} | null} */
  #place = null;

  /**
   * @param {HTMLElement} box  What scrolls.
   * @param {HTMLElement} content  Its rows are the children.
   * @param {(row: Element) => Element} anchorOf  The part of a row that has to stay in its place.
   */
  constructor(box, content, anchorOf) {
    super();
    this.#box = box;
    this.#content = content;
    this.#anchorOf = anchorOf;
    box.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    const sizes = new ResizeObserver(() => this.#restore());
    sizes.observe(box);
    sizes.observe(content);
  }

  get atEnd() {
    return this.#atEnd;
  }

  /** Whether it is on the screen at all. */
  get visible() {
    return this.#box.clientHeight > 0;
  }

  /** Pixels above and below what is in sight. */
  get above() {
    return this.#box.scrollTop;
  }

  get below() {
    return this.#box.scrollHeight - this.#box.scrollTop - this.#box.clientHeight;
  }

  /** @param {() => void} work  Changes the rows. */
  change(work) {
    this.#remember();
    work();
    this.#restore();
    this.#remember();
  }

  /** @param {boolean} smooth */
  toEnd(smooth = false) {
    this.#place = null;
    if (!smooth || reducedMotion()) this.#atEnd = true;
    this.#box.scrollTo({ top: this.#box.scrollHeight, behavior: smooth && !reducedMotion() ? "smooth" : "instant" });
    this.#top = this.#box.scrollTop;
  }

  /**
   * Puts a row at a part of the height: 0 at the top.
   *
   * @param {Element} row
   * @param {number} part
   */
  toRow(row, part) {
    const offset = row.getBoundingClientRect().top - this.#box.getBoundingClientRect().top;
    this.#box.scrollTop += offset - part * this.#box.clientHeight;
    this.#place = null;
    this.#scrolled();
  }

  /** The place as it can be returned to after the rows were made anew; null at the end. */
  place() {
    const row = this.#atEnd ? null : this.#firstInSight();
    return row && { row, offset: row.getBoundingClientRect().top - this.#box.getBoundingClientRect().top };
  }

  /**
   * @param {Element} row
   * @param {number} offset
   */
  returnTo(row, offset) {
    const now = row.getBoundingClientRect().top - this.#box.getBoundingClientRect().top;
    this.#box.scrollTop += now - offset;
    this.#place = null;
    this.#scrolled();
  }

  #scrolled() {
    if (!this.visible) return;
    // The news of a scroll comes a frame late, and the sizes may have changed since. Only who went up has left the end;
    // what was in sight went as far as the reader scrolled, and the rest of its way is to be taken back.
    const by = this.#box.scrollTop - this.#top;
    this.#atEnd &&= by >= 0;
    if (this.#place) this.#place.top -= by;
    this.#restore();
    this.#atEnd ||= this.below < NEAR_END;
    this.#remember();
    this.dispatchEvent(new Event("move"));
  }

  #remember() {
    if (!this.visible) return;
    this.#top = this.#box.scrollTop;
    const row = this.#atEnd ? null : this.#firstInSight();
    const node = row && this.#anchorOf(row);
    this.#place = node && { node, top: node.getBoundingClientRect().top - this.#box.getBoundingClientRect().top };
  }

  #restore() {
    if (!this.visible) return;
    if (this.#atEnd) {
      this.#box.scrollTop = this.#box.scrollHeight;
    } else if (this.#place?.node.isConnected) {
      const off = this.#place.node.getBoundingClientRect().top - this.#box.getBoundingClientRect().top - this.#place.top;
      if (Math.abs(off) > ROUNDING) this.#box.scrollTop += off;
    }
    this.#top = this.#box.scrollTop;
  }

  /** By halving: the rows stand in order, and each look costs a measurement. */
  #firstInSight() {
    const rows = this.#content.children;
    const edge = this.#box.getBoundingClientRect().top;
    let low = 0;
    let high = rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((rows[middle]?.getBoundingClientRect().bottom ?? 0) > edge + 1) high = middle;
      else low = middle + 1;
    }
    return rows[low] ?? null;
  }
}
