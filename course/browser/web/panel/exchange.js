// Exchanges as show() draws them in cells; course/running/exchange.py is where it comes from.

import { make } from "../page/dom.js"
import { pretty } from "./json.js"

/** @import {Answer, Bytes, Drawn, HeaderPairs} from "../types.ts" */

/** What every answer carries and no lesson is about. */
const NOISE = new Set(["connection", "content-length", "date", "server", "transfer-encoding", "x-course"])
const REQUEST_NOISE = new Set([
  "accept",
  "accept-encoding",
  "connection",
  "content-length",
  "host",
  "user-agent",
  "transfer-encoding",
])
const MOST_LINES = 60
const MOST_CHARACTERS = 4000

/** @type {Record<number, string>} */
const PHRASES = {
  200: "OK",
  201: "Created",
  202: "Accepted",
  203: "Non-Authoritative Information",
  204: "No Content",
  205: "Reset Content",
  206: "Partial Content",
  300: "Multiple Choices",
  301: "Moved Permanently",
  302: "Found",
  303: "See Other",
  304: "Not Modified",
  307: "Temporary Redirect",
  308: "Permanent Redirect",
  400: "Bad Request",
  401: "Unauthorized",
  402: "Payment Required",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  406: "Not Acceptable",
  408: "Request Timeout",
  409: "Conflict",
  410: "Gone",
  411: "Length Required",
  412: "Precondition Failed",
  413: "Content Too Large",
  414: "URI Too Long",
  415: "Unsupported Media Type",
  416: "Range Not Satisfiable",
  417: "Expectation Failed",
  418: "I'm a Teapot",
  421: "Misdirected Request",
  422: "Unprocessable Content",
  423: "Locked",
  424: "Failed Dependency",
  425: "Too Early",
  426: "Upgrade Required",
  428: "Precondition Required",
  429: "Too Many Requests",
  431: "Request Header Fields Too Large",
  451: "Unavailable For Legal Reasons",
  500: "Internal Server Error",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
  505: "HTTP Version Not Supported",
}

/** "404 Not Found" @param {number} status */
export const statusLine = (status) => (PHRASES[status] ? `${status} ${PHRASES[status]}` : String(status))

/** @type {Record<number, string>} */
const KINDS = { 3: "redirect", 4: "refused", 5: "failed" }
/** @param {number} status */
const kindOf = (status) => KINDS[Math.floor(status / 100)] ?? "ok"

/**
 * @param {HeaderPairs} headers
 * @param {Set<string>} noise
 */
function headerLines(headers, noise) {
  return headers
    .map(([name, value]) => [name.toLowerCase(), value])
    .filter(([name]) => !noise.has(name))
    .map(([name, value]) => `${name}: ${value.replace(/boundary=.*/, "boundary=…")}`)
}

/**
 * A body as it is shown: JSON laid out, other text as it came, bytes as their number.
 * @param {Uint8Array} bytes
 * @param {string} type its content type
 * @returns {string}
 */
export function bodyText(bytes, type) {
  if (!bytes.length) return ""
  let text
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return `(${bytes.length} bytes)`
  }
  if (type.includes("json")) {
    try {
      text = pretty(text)
    } catch {
      // Not what its content type says: shown as it came.
    }
  }
  return shortened(text.trimEnd())
}

/** @param {string} text */
function shortened(text) {
  const kept = text.slice(0, MOST_CHARACTERS).split("\n").slice(0, MOST_LINES).join("\n")
  const left = text.length - kept.length
  return left > 0 ? `${kept}\n… (${left} characters more)` : kept
}

/** @type {(start: string, lines: string[], body: string) => string} */
const whole = (start, lines, body) => [start, ...lines].join("\n") + (body ? `\n\n${body}` : "")

/**
 * The text of a request.
 * @param {{method: string, path: string, headers: HeaderPairs, body: Uint8Array | null}} request `path`: with its query
 */
export function requestText({ method, path, headers, body }) {
  const type = headers.find(([name]) => name.toLowerCase() === "content-type")?.[1] ?? ""
  return whole(`${method} ${path} HTTP/1.1`, headerLines(headers, REQUEST_NOISE), body ? bodyText(body, type) : "")
}

/** The text of an answer's head. @param {Pick<Answer, "status" | "headers">} answer */
export const answerHead = ({ status, headers }) =>
  [`HTTP/1.1 ${statusLine(status)}`, ...headerLines(headers, NOISE)].join("\n")

/**
 * A part of an exchange: its first line stands out.
 * @param {"request" | "response"} name
 * @param {string} text
 */
function part(name, text) {
  const [start, ...rest] = text.split("\n")
  const body = make("span", {}, rest.length ? `\n${rest.join("\n")}` : "")
  return make("pre", { class: `course-${name}` }, make("b", {}, start), body)
}

/**
 * Draws an exchange.
 * @param {Drawn} exchange
 * @returns {HTMLElement}
 */
export function drawExchange({ request, response, status, traceback }) {
  const raised = traceback ? make("pre", { class: "course-raised" }, `The app raised:\n${traceback}`) : null
  const parts = [part("request", request), part("response", response)]
  return make("div", { class: `course-exchange course-${kindOf(status)}` }, ...parts, raised)
}

/** An exchange whose answer is drawn as it comes. */
export class OpenExchange {
  #type = ""
  /** @type {Bytes[]} */
  #bytes = []
  #length = 0
  /** @type {Text | null} */
  #shown = null
  #decoder = new TextDecoder()

  /** @param {string} request its text */
  constructor(request) {
    this.element = make("div", { class: "course-exchange" }, part("request", request))
  }

  /** @param {Answer} answer */
  begin(answer) {
    this.#type = answer.headers.find(([name]) => name.toLowerCase() === "content-type")?.[1] ?? ""
    this.element.classList.add(`course-${kindOf(answer.status)}`)
    const drawn = part("response", answerHead(answer))
    this.#shown = drawn.appendChild(document.createTextNode(""))
    this.element.append(drawn)
  }

  /** A piece of the body; text is shown at once, up to a length. @param {Bytes} bytes */
  piece(bytes) {
    this.#bytes.push(bytes)
    const before = this.#length
    this.#length += bytes.length
    if (before > MOST_CHARACTERS) return
    const text = this.#decoder.decode(bytes, { stream: true })
    this.#shown?.appendData((before ? "" : "\n\n") + text.replaceAll("\ufffd", "·").slice(0, MOST_CHARACTERS))
  }

  /** The body is whole: laid out as it would be in a cell. */
  async end() {
    const bytes = new Uint8Array(await new Blob(this.#bytes).arrayBuffer())
    const text = bodyText(bytes, this.#type)
    if (this.#shown) this.#shown.data = text ? `\n\n${text}` : ""
  }

  /** It broke off. @param {string} message */
  fail(message) {
    this.element.classList.add("course-failed")
    this.element.append(make("pre", { class: "course-raised" }, message))
  }
}
