/**
 * Draws at most once a frame, however many changes come; in a hidden page, where there are no frames, by a timer.
 */

/** In a hidden page only the title is read; milliseconds. */
const HIDDEN_FRAME = 250;

/**
 * @param {() => void} draw
 * @returns {() => void}  Asks for a drawing.
 */
export function framed(draw) {
  let asked = false;
  const run = () => {
    if (!asked) return;
    asked = false;
    draw();
  };
  document.addEventListener("visibilitychange", run);
  return () => {
    if (asked) return;
    asked = true;
    if (document.hidden) setTimeout(run, HIDDEN_FRAME);
    else requestAnimationFrame(run);
  };
}
