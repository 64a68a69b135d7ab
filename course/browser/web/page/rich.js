// HTML that cells give. None of it goes into the page as it came: what consists of nothing but the elements that
// the course's own results are made of (exchanges, reports, timelines, graphs, tables) is built anew, element by
// element; everything else is shown in a frame in which no script runs.

import { make, prose } from "./dom.js"

const words = (/** @type {string} */ text) => new Set(text.split(" "))
const ELEMENTS = words(
  "b br caption code col colgroup dd details div dl dt em figcaption figure hr i kbd li ol p pre small span strong " +
    "summary table tbody td tfoot th thead tr ul",
)
const ATTRIBUTES = words("aria-hidden aria-label colspan role rowspan scope tabindex")
const ROLES = words("figure group img")
const DRAWN = words("circle desc ellipse g line path polygon polyline rect svg text title tspan")
const DRAWN_ATTRIBUTES = words(
  "cx cy d dominant-baseline fill fill-opacity font-size font-weight height opacity points r role rx ry stroke " +
    "stroke-dasharray stroke-linecap stroke-linejoin stroke-opacity stroke-width text-anchor transform viewBox width " +
    "x x1 x2 y y1 y2",
)
const SVG = "http://www.w3.org/2000/svg"
const HTML = "http://www.w3.org/1999/xhtml"

/**
 * A result as elements: rebuilt, or in a frame.
 * @param {string} html
 * @returns {Node}
 */
export function rich(html) {
  // Parsed in a document of its own: nothing in it is loaded or run.
  const parsed = new DOMParser().parseFromString(html, "text/html")
  const odd = [...parsed.querySelectorAll("head > *, body *")].some((one) => !allowed(one))
  return odd ? framed(html) : rebuilt(parsed.body)
}

/** @param {Element} element */
function allowed(element) {
  if (element.namespaceURI === SVG) return DRAWN.has(element.localName)
  return element.namespaceURI === HTML && (ELEMENTS.has(element.localName) || element.localName === "style")
}

/** @param {Element} from */
function rebuilt(from) {
  const made = document.createDocumentFragment()
  for (const child of from.childNodes) {
    if (child instanceof Text) made.append(child.data)
    // Styles come along for notebooks only; the site has its own for these classes.
    else if (child instanceof Element && child.localName !== "style") made.append(copy(child))
  }
  return made
}

/** @param {Element} element */
function copy(element) {
  const drawn = element.namespaceURI === SVG
  const made = document.createElementNS(drawn ? SVG : HTML, element.localName)
  for (const { name, value } of element.attributes) {
    if (name === "class") {
      const kept = value.split(/\s+/).filter((one) => one.startsWith("course-"))
      if (kept.length) made.setAttribute("class", kept.join(" "))
    } else if (name === "role" ? ROLES.has(value) : (drawn ? DRAWN_ATTRIBUTES : ATTRIBUTES).has(name)) {
      if (!/url\s*\(|javascript:/i.test(value)) made.setAttribute(name, value)
    }
  }
  made.append(rebuilt(element))
  return made
}

/** @param {string} html */
function framed(html) {
  const frame = make("iframe", {
    class: "own-html",
    title: "HTML from this cell",
    sandbox: "", // no script, no form, no origin
    srcdoc: `<!doctype html><meta charset="utf-8"><body>${html}`,
  })
  const note = make("p", { class: "output-note" }, "HTML of your own stands in a frame: scripts do not run in it.")
  const both = document.createDocumentFragment()
  both.append(frame, note)
  return both
}

/**
 * The little Markdown that hint() and solution() give: paragraphs, code in backticks, fenced Python.
 * @param {string} text
 */
export function markdown(text) {
  const made = make("div", { class: "own-text" })
  for (const [index, part] of text.split(/^```(?:\w*)\n(.*?)^```$/ms).entries()) {
    if (index % 2) made.append(make("pre", {}, make("code", {}, part.trimEnd())))
    else for (const one of part.split(/\n{2,}/)) if (one.trim()) made.append(make("p", {}, ...prose(one.trim())))
  }
  return made
}
