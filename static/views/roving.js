/**
 * One stop for the Tab key in a long list; the arrow keys go through it.  Focus never lands where nobody looks: the
 * stop is the item that had the focus last, or the last item.
 */

/**
 * @param {HTMLElement} list
 * @param {string} selector  Which elements in the list are its items.
 */
export function roving(list, selector) {
  /** @type {HTMLElement | null} */
  let stop = null;

  /** @param {HTMLElement | null} item */
  const stopAt = (item) => {
    if (stop !== item) stop?.setAttribute("tabindex", "-1");
    stop = item;
    stop?.setAttribute("tabindex", "0");
  };
  const items = () => /** @type {HTMLElement[]} */ ([...list.querySelectorAll(selector)]);

  list.addEventListener("rows", () => {
    const held = stop?.isConnected && stop.contains(document.activeElement);
    if (!held) stopAt(items().at(-1) ?? null);
  });
  list.addEventListener("focusin", (event) => {
    const item = event.target instanceof Element && event.target.closest(selector);
    if (item instanceof HTMLElement) stopAt(item);
  });
  list.addEventListener("keydown", (event) => {
    if (event.target !== stop || event.altKey || event.ctrlKey || event.metaKey) return;
    const all = items();
    const place = all.indexOf(/** @type {HTMLElement} */ (stop));
    const next = { ArrowUp: place - 1, ArrowDown: place + 1, Home: 0, End: all.length - 1 }[event.key];
    if (next === undefined || !all[next]) return;
    event.preventDefault();
    all[next].focus();
  });
}
