// Elements in one expression. Text is text: nothing here reads HTML.

/**
 * An element with its attributes (`onclick` and the like are listeners, `false` and `null` leave out) and children.
 * @param {string} name
 * @param {Record<string, any>} [attributes]
 * @param {...(Node | string | null)} children
 */
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value)
    else if (value === true) element.setAttribute(key, "")
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(key, value)
  }
  element.append(...children.filter((child) => child !== null))
  return element
}

/** A button with a word on it. */
export function button(text, onclick, attributes = {}) {
  return make("button", { type: "button", onclick, ...attributes }, text)
}

/** Prose with code in backticks, as the course's texts have it. */
export function prose(text) {
  return text.split(/(`[^`]+`)/).map((part) => (/^`.+`$/s.test(part) ? make("code", {}, part.slice(1, -1)) : part))
}

/** Resolves at the first sign of a reader: a key, a finger, a pointer that moves, or some time in which to read. */
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

/** Resolves when the browser has nothing better to do, or after a while. */
export function idle(timeout = 2000) {
  return new Promise((done) => {
    if ("requestIdleCallback" in window) requestIdleCallback(done, { timeout })
    else setTimeout(done, 200) // Safari
  })
}
