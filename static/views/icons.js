/**
 * The icons: strokes on a 20 px field in the colour of the text around them.  They say nothing to a screen reader; the
 * button around them has a label.
 */

const NAMESPACE = "http://www.w3.org/2000/svg";

const PATHS = {
  hash: "M8 3 6.5 17M13.5 3 12 17M3.5 7.5h13M3 12.5h13",
  lock: "M5 9h10v7.5H5zM7 9V6.5a3 3 0 0 1 6 0V9",
  plus: "M10 4v12M4 10h12",
  search: "M9 15A6 6 0 1 0 9 3a6 6 0 0 0 0 12ZM13.5 13.5 17 17",
  arrow: "M4 10h12M11 5l5 5-5 5",
  back: "M12 4 6 10l6 6",
  down: "M10 4v12M5 11l5 5 5-5",
  people: "M7.5 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM2 16.5c.3-3 2.4-4.5 5.5-4.5s5.2 1.5 5.5 4.5M13 3.8a3 3 0 0 1 0 5.4M15 12.3c1.8.6 2.8 2 3 4.2",
  close: "M5 5l10 10M15 5 5 15",
  send: "M4 10h11M10 4.5 15.5 10 10 15.5",
  message: "M4 4.5h12v8.5H9.5L6 16v-3H4z",
  reply: "M8 4.5 3.5 9 8 13.5M4 9h7.5a5 5 0 0 1 5 5v1.5",
  edit: "M12.5 4.5 15.5 7.5 7 16H4v-3zM10.5 6.5l3 3",
  trash: "M4 6h12M8 6V3.5h4V6M5.5 6l.8 10.5h7.4L14.5 6M8.5 9v4.5M11.5 9v4.5",
  smile: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM7 11.5c1.5 2.3 4.5 2.3 6 0M7.5 8v.5M12.5 8v.5",
  gear: "M10 12.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM10 2.5v2M10 15.5v2M2.5 10h2M15.5 10h2M4.7 4.7l1.4 1.4M13.9 13.9l1.4 1.4M15.3 4.7l-1.4 1.4M6.1 13.9l-1.4 1.4",
  compass: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM13 7l-1.5 4.5L7 13l1.5-4.5z",
  warning: "M10 3.5 17.5 16.5h-15zM10 8.5v3.5M10 14v.3",
};

/** @typedef {keyof typeof PATHS} IconName */

/** @param {IconName} name */
export function icon(name) {
  const svg = document.createElementNS(NAMESPACE, "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(NAMESPACE, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}
