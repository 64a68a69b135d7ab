// Elements in one expression. Text is text: nothing here reads HTML.

/**
 * @typedef {{onclick?: (event: MouseEvent) => void, onkeydown?: (event: KeyboardEvent) => void,
 *   onsubmit?: (event: SubmitEvent) => void}} Listeners
 * @typedef {Listeners & Record<string, string | number | boolean | null | undefined | ((event: never) => void)>} Attributes
 */

/**
 * An element with its attributes (`onclick` and the like are listeners, `false` and `null` leave out) and children.
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {Attributes} [attributes]
 * @param {...(Node | string | null)} children
 */
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(key.slice(2), /** @type {EventListener} */ (value))
    else if (value === true) element.setAttribute(key, "")
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(key, String(value))
  }
  element.append(...children.filter((child) => child !== null))
  return element
}

/**
 * An element that has to be there: course/making/pages.py writes it, or the page's own script.
 * @param {ParentNode} within
 * @param {string} selector
 * @returns {HTMLElement}
 */
export function find(within, selector) {
  return findAs(HTMLElement, within, selector)
}

/**
 * The same, of a certain kind.
 * @template {Element} Kind
 * @param {new () => Kind} kind
 * @param {ParentNode} within
 * @param {string} selector
 * @returns {Kind}
 */
export function findAs(kind, within, selector) {
  const found = within.querySelector(selector)
  if (found instanceof kind) return found
  throw new Error(`The page lacks ${selector}`)
}

/** @type {(found: Iterable<Element>) => HTMLElement[]} */
export const elements = (found) => [...found].filter((one) => one instanceof HTMLElement)

/**
 * A button with a word on it.
 * @param {string} text
 * @param {(event: MouseEvent) => void} onclick
 * @param {Attributes} [attributes]
 */
export function button(text, onclick, attributes = {}) {
  return make("button", { type: "button", onclick, ...attributes }, text)
}

/** Prose with code in backticks, as the course's texts have it. @param {string} text */
export function prose(text) {
  return text.split(/(`[^`]+`)/).map((part) => (/^`.+`$/s.test(part) ? make("code", {}, part.slice(1, -1)) : part))
}

/**
 * Resolves at the first sign of a reader: a key, a finger, a pointer that moves, or some time in which to read.
 * @returns {Promise<void>}
 */
export function sign(patience = 8000) {
  return new Promise((done) => {
    const signs = new AbortController()
    const seen = () => (signs.abort(), done())
    for (const kind of ["keydown", "pointerdown", "pointermove", "touchstart", "scroll", "focusin"]) {
      addEventListener(kind, seen, { capture: true, passive: true, signal: signs.signal })
    }
    setTimeout(seen, patience)
  })
}

/** Resolves when the browser has nothing better to do, or after a while. @returns {Promise<void>} */
export function idle(timeout = 2000) {
  return new Promise((done) => {
    if ("requestIdleCallback" in window) requestIdleCallback(() => done(), { timeout })
    else setTimeout(done, 200) // Safari
  })
}

/**
 * Have the browser save something as a file.
 * @param {string} name
 * @param {Blob} content
 */
export function download(name, content) {
  const address = URL.createObjectURL(content)
  make("a", { href: address, download: name }).click()
  setTimeout(() => URL.revokeObjectURL(address), 10_000)
}

/**
 * Have the reader choose a file. Browsers show the choice only right after a click: nothing may be waited for before.
 * @param {string} accept
 * @returns {Promise<File | null>} null if none was chosen
 */
export function chosen(accept) {
  const input = make("input", { type: "file", accept, hidden: true })
  document.body.append(input)
  return new Promise((done) => {
    input.addEventListener("change", () => done(input.files?.[0] ?? null))
    input.addEventListener("cancel", () => done(null))
    input.click()
  }).finally(() => input.remove())
}
