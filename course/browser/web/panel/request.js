// The request bar: a request written by hand, its answer drawn as it comes; or a WebSocket.

import { button, make } from "../page/dom.js"
import { OpenExchange, requestText } from "./exchange.js"
import { SocketView } from "./socket.js"
import { messageOf } from "../worker/errors.js"

/** @import {AppRequest, HeaderPairs} from "../types.ts" */

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "WebSocket"]
/** @typedef {{method: string, path: string, headers: string, body: string}} Written as its fields have it */

const MEMORY = "course-requests"
const MOST = 30
let numbers = 0

/** What an answer brings to the learner's eyes, at most, in bytes: an app may send without end. */
const ENOUGH = 5_000_000

export class RequestView {
  #host
  #past = remembered()
  #at = 0
  /** @type {AbortController | null} */
  #stop = null
  /** @type {SocketView | null} */
  #socket = null

  /** @param {import("./host.js").Host} host */
  constructor(host) {
    this.#host = host
    const id = `course-request-${(numbers += 1)}`
    this.method = make("select", { "aria-label": "Method" }, ...METHODS.map((one) => make("option", {}, one)))
    this.path = make("input", {
      "aria-label": "Path and query",
      list: `${id}-paths`,
      value: "/",
      spellcheck: "false",
      autocomplete: "off",
      autocapitalize: "off",
      "aria-describedby": `${id}-keys`,
      required: true,
    })
    this.send = make("button", { type: "submit", class: "course-go" }, "Send")
    this.paths = make("datalist", { id: `${id}-paths` })
    this.headers = make("textarea", {
      rows: 2,
      spellcheck: "false",
      placeholder: "x-token: secret",
      id: `${id}-headers`,
    })
    this.body = make("textarea", { rows: 5, spellcheck: "false", placeholder: '{"name": "Ada"}', id: `${id}-body` })
    this.more = make(
      "details",
      { class: "course-more" },
      make("summary", {}, "Headers and body"),
      make("label", { for: `${id}-headers` }, "Headers, one on a line"),
      this.headers,
      make("label", { for: `${id}-body` }, "Body"),
      this.body,
    )
    const keys = make(
      "p",
      { class: "course-note", id: `${id}-keys` },
      make("kbd", {}, "Enter"),
      " sends, ",
      make("kbd", {}, "Ctrl"),
      "+",
      make("kbd", {}, "Enter"),
      " from the body too; ",
      make("kbd", {}, "Alt"),
      "+",
      make("kbd", {}, "↑"),
      " and ",
      make("kbd", {}, "Alt"),
      "+",
      make("kbd", {}, "↓"),
      " go through earlier requests.",
    )
    this.status = make("p", { class: "course-note", role: "status" })
    this.cancel = button("Stop", () => this.#stop?.abort(new Error("stopped by you")), {
      class: "course-plain",
      hidden: true,
    })
    this.answer = make("div", { class: "course-answer", role: "region", "aria-label": "Answer", tabindex: "0" })
    this.form = make(
      "form",
      {
        class: "course-request",
        "aria-label": "Send a request",
        onsubmit: (event) => this.#submit(event),
        onkeydown: (event) => this.#key(event),
      },
      make("div", { class: "course-bar" }, this.method, this.path, this.send),
      this.paths,
      this.more,
      keys,
    )
    this.method.addEventListener("change", () => this.#adapt())
    this.path.addEventListener("change", () => this.#suggestMethod())
    this.element = make(
      "div",
      { class: "course-view" },
      this.form,
      make("div", { class: "course-row" }, this.status, this.cancel),
      this.answer,
    )
    host.addEventListener("apps", () => this.#suggest())
    this.#suggest()
    this.#at = this.#past.length
  }

  focus() {
    this.path.focus()
  }

  #app() {
    return this.#host.chosen ?? this.#host.app
  }

  #suggest() {
    const app = this.#app()
    const options = (app?.paths ?? []).map(([method, path, summary]) =>
      make("option", { value: path }, `${method} ${summary}`),
    )
    this.paths.replaceChildren(
      ...options,
      ...(app?.websockets ?? []).map((path) => make("option", { value: path }, "WebSocket")),
    )
  }

  // A path that only one method has chooses it.
  #suggestMethod() {
    const app = this.#app()
    const methods = (app?.paths ?? []).filter(([, path]) => path === this.path.value).map(([method]) => method)
    if (app?.websockets?.includes(this.path.value)) methods.push("WebSocket")
    if (methods.length && !methods.includes(this.method.value)) this.method.value = methods[0]
    this.#adapt()
  }

  #adapt() {
    const socket = this.method.value === "WebSocket"
    this.send.textContent = socket ? "Connect" : "Send"
    this.body.disabled = socket
    if (["POST", "PUT", "PATCH"].includes(this.method.value)) this.more.open = true
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault()
      this.form.requestSubmit()
    } else if (event.altKey && ["ArrowUp", "ArrowDown"].includes(event.key)) {
      event.preventDefault()
      this.#at = Math.min(Math.max(this.#at + (event.key === "ArrowUp" ? -1 : 1), 0), this.#past.length)
      this.fill(this.#past[this.#at] ?? { method: "GET", path: "/", headers: "", body: "" })
    }
  }

  /** @param {Written} request */
  fill({ method, path, headers, body }) {
    this.method.value = method
    this.path.value = path
    this.headers.value = headers
    this.body.value = body
    this.#adapt()
    this.more.open = Boolean(headers || body) || this.more.open
  }

  #remember() {
    const now = { method: this.method.value, path: this.path.value, headers: this.headers.value, body: this.body.value }
    const same = JSON.stringify(now)
    this.#past = [...this.#past.filter((one) => JSON.stringify(one) !== same), now].slice(-MOST)
    this.#at = this.#past.length
    try {
      sessionStorage.setItem(MEMORY, JSON.stringify(this.#past))
    } catch {
      // Storage is blocked or full: the history lasts as long as the page.
    }
  }

  /** @param {SubmitEvent} event */
  #submit(event) {
    event.preventDefault()
    if (!this.path.value.startsWith("/")) this.path.value = `/${this.path.value}`
    this.#remember()
    this.#stop?.abort(new Error("another request was sent"))
    this.#socket?.close()
    const url = new URL(`http://app${this.path.value}`)
    const request = {
      path: url.pathname,
      query: url.search.slice(1),
      headers: this.#headerPairs(),
      app: this.#app()?.name,
    }
    if (this.method.value === "WebSocket") this.#connect(request)
    else this.#ask({ ...request, method: this.method.value, body: this.#bodyBytes(request) })
  }

  /** @returns {HeaderPairs} */
  #headerPairs() {
    return this.headers.value
      .split("\n")
      .map((line) => /^\s*([^:\s]+)\s*:\s*(.*?)\s*$/.exec(line))
      .filter((found) => found !== null)
      .map(([, name, value]) => [name.toLowerCase(), value])
  }

  /** @param {{headers: HeaderPairs}} request to which it adds what its body is */
  #bodyBytes({ headers }) {
    if (["GET", "HEAD"].includes(this.method.value) || !this.body.value) return null
    if (!headers.some(([name]) => name === "content-type")) headers.push(["content-type", guessedType(this.body.value)])
    return new TextEncoder().encode(this.body.value)
  }

  /** @param {Pick<AppRequest, "method" | "path" | "query" | "headers" | "body" | "app">} request */
  async #ask(request) {
    const stop = (this.#stop = new AbortController())
    const mine = () => this.#stop === stop
    const path = request.path + (request.query ? `?${request.query}` : "")
    const drawn = new OpenExchange(requestText({ ...request, path }))
    this.answer.replaceChildren(drawn.element)
    this.cancel.hidden = false
    const began = performance.now()
    const say = (/** @type {string} */ text) => mine() && (this.status.textContent = text)
    const seconds = () => `${((performance.now() - began) / 1000).toFixed(2)} s`
    say("Waiting for the answer …")
    try {
      const answer = await this.#host.ask(request, stop.signal)
      drawn.begin(answer)
      let pieces = 0
      let bytes = 0
      for (const reader = answer.body?.getReader(); reader; ) {
        const { done, value } = await reader.read()
        if (done) break
        pieces += 1
        bytes += value.length
        drawn.piece(value)
        if (pieces > 1) say(`${answer.status}, still coming: ${pieces} pieces, ${bytes} bytes`)
        if (bytes > ENOUGH) {
          await reader.cancel()
          throw new Error(`It went on after ${ENOUGH / 1e6} MB, which is enough.`)
        }
      }
      await drawn.end()
      say(`${answer.status} after ${seconds()}${pieces > 1 ? `, in ${pieces} pieces` : ""}`)
    } catch (error) {
      drawn.fail(stop.signal.aborted ? `Ended: ${messageOf(error)}.` : messageOf(error))
      say(`Ended after ${seconds()}`)
    }
    if (mine()) this.cancel.hidden = true
  }

  /** @param {Pick<AppRequest, "path" | "query" | "headers" | "app">} request */
  #connect(request) {
    this.status.textContent = ""
    this.cancel.hidden = true
    const view = (this.#socket = new SocketView(this.#host, request))
    this.answer.replaceChildren(view.element)
  }
}

/** @param {string} text */
function guessedType(text) {
  try {
    JSON.parse(text)
    return "application/json"
  } catch {
    return /^[^\s=&]+=[^\s]*$/.test(text) ? "application/x-www-form-urlencoded" : "text/plain"
  }
}

/** @returns {Written[]} */
function remembered() {
  try {
    return JSON.parse(sessionStorage.getItem(MEMORY) ?? "[]")
  } catch {
    return []
  }
}
