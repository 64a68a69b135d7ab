// What a run gave comes into sight, and nothing moves that is in sight already.

/** How much of an output is its beginning, in px: some lines. */
const BEGINNING = 120
/** What is left between an output and the edge, in px. */
const GAP = 12

/**
 * Where the page itself is seen: below the theme's header, above the lesson's bar and, on a narrow screen, the panel.
 * @param {DOMRect} within what is looked at: the panel of a wide screen stands beside it
 */
function clear(within) {
  const header = document.querySelector(".md-header")?.getBoundingClientRect()
  const edges = [innerHeight]
  for (const one of document.querySelectorAll(".live-bar, .live-panel:not([hidden])")) {
    const { left, top } = one.getBoundingClientRect()
    if (left < within.right) edges.push(top)
  }
  return { top: Math.max(0, header?.bottom ?? 0) + GAP, bottom: Math.min(...edges) - GAP }
}

/**
 * Bring an output into the window if its beginning lies below: as much of it as leaves in sight what was run, or, where
 * that is too long, from its beginning. Who has gone elsewhere meanwhile is left there. The focus stays where it is.
 * @param {HTMLElement} output
 * @param {HTMLElement} from what was run
 */
export function bringIntoSight(output, from) {
  const [what, ran] = [output.getBoundingClientRect(), from.getBoundingClientRect()]
  const { top, bottom } = clear(what)
  const least = Math.min(what.bottom, what.top + BEGINNING) - bottom
  if (output.hidden || least <= 0 || ran.top > bottom) return
  const room = ran.top - top >= least ? ran.top - top : what.top - top
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches
  scrollBy({ top: Math.min(what.bottom - bottom, room), behavior: calm ? "instant" : "smooth" })
}
