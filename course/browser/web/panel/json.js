// JSON as the course shows it everywhere: what fits on a line stands on one, the rest is indented by two.
//
// The text is read here and not by JSON.parse, which would turn 1.0 into 1 and put the keys "2" and "1" in order.

/**
 * @typedef {string | {open: string, close: string, items: [key: string, value: Value][]}} Value a literal as text, or
 *   what holds others
 */

const WIDTH = 72
const TOKEN = /\s*(?:([{}[\]:,])|("(?:[^"\\]|\\.)*")|(-?\d[\d.eE+-]*|true|false|null))/y

/**
 * @param {string} text
 * @returns {string} the same JSON, laid out
 * @throws {SyntaxError} it is no JSON
 */
export function pretty(text) {
  JSON.parse(text) // says what is wrong, so that reading below need not
  TOKEN.lastIndex = 0
  // There is another: it is JSON.
  const next = () => /** @type {RegExpExecArray} */ (TOKEN.exec(text))
  return laidOut(read(next(), next), "")
}

/**
 * Reads a value.
 * @param {RegExpExecArray} token its first
 * @param {() => RegExpExecArray} next
 * @returns {Value}
 */
function read([, mark, string, literal], next) {
  if (string !== undefined) return JSON.stringify(JSON.parse(string)) // \u00e9 is é
  if (literal !== undefined) return literal
  const close = mark === "{" ? "}" : "]"
  /** @type {[string, Value][]} */
  const items = []
  for (let token = next(); token[1] !== close; ) {
    let key = ""
    if (mark === "{") {
      key = `${read(token, next)}: `
      next() // the colon
      token = next()
    }
    items.push([key, read(token, next)])
    token = next()
    if (token[1] === ",") token = next()
  }
  return { open: mark, close, items }
}

/** @type {(value: Value) => string} */
const onLine = (value) =>
  typeof value === "string"
    ? value
    : `${value.open}${value.items.map(([key, one]) => key + onLine(one)).join(", ")}${value.close}`

/**
 * @param {Value} value
 * @param {string} indent
 * @returns {string}
 */
function laidOut(value, indent) {
  const line = onLine(value)
  if (indent.length + line.length <= WIDTH || typeof value === "string" || !value.items.length) return line
  const deeper = `${indent}  `
  const inner = value.items.map(([key, one]) => `${deeper}${key}${laidOut(one, deeper)}`)
  return `${value.open}\n${inner.join(",\n")}\n${indent}${value.close}`
}
