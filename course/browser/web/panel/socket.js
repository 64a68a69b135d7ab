// A WebSocket by hand: what is sent and what comes, line by line.

import { button, make } from "../page/dom.js"

/** @import {HeaderPairs, SocketPiece} from "../types.ts" */

/** Lines that are shown. */
const MOST = 500

export class SocketView {
  #port
  /** @type {"connecting" | "open" | "closed"} */
  #state = "connecting"

  /**
   * @param {import("./host.js").Host} host
   * @param {{path: string, query: string, headers: HeaderPairs, app?: string}} request
   */
  constructor(host, request) {
    const path = request.path + (request.query ? `?${request.query}` : "")
    this.lines = make("div", { class: "course-messages", role: "log", "aria-label": "Messages", tabindex: "0" })
    this.text = make("input", {
      "aria-label": "Message",
      placeholder: "a message",
      autocomplete: "off",
      spellcheck: "false",
    })
    this.send = make("button", { type: "submit", class: "course-go" }, "Send")
    this.end = button("Close", () => this.close(), { class: "course-plain" })
    this.form = make(
      "form",
      { class: "course-bar", "aria-label": "Send a message", onsubmit: (event) => this.#submit(event) },
      this.text,
      this.send,
      this.end,
    )
    this.head = make("pre", { class: "course-request" }, make("b", {}, `GET ${path} HTTP/1.1`), "\nupgrade: websocket")
    this.told = make("b", {}, "Connecting …")
    this.answer = make("pre", { class: "course-response" }, this.told)
    this.element = make("div", { class: "course-exchange" }, this.head, this.answer, this.lines, this.form)
    this.#usable(false)

    const { port1, port2 } = new MessageChannel()
    this.#port = port1
    port1.onmessage = (/** @type {MessageEvent<SocketPiece>} */ { data }) => this.#heard(data)
    host.addEventListener("stopped", () => this.#heard({ t: "close", code: 1006, reason: "Python was stopped" }))
    host.pass("ws", { ...request, protocols: [], root: "", from: "panel" }, port2)
  }

  /** @param {boolean} yes */
  #usable(yes) {
    for (const one of [this.text, this.send, this.end]) one.disabled = !yes
  }

  /** @param {SocketPiece} data */
  #heard(data) {
    if (this.#state === "closed") return
    if (data.t === "open") {
      this.#state = "open"
      this.told.textContent = "HTTP/1.1 101 Switching Protocols"
      this.element.classList.add("course-ok")
      this.#usable(true)
      this.text.focus()
    } else if (data.t === "msg") {
      this.#line("in", typeof data.d === "string" ? data.d : `(${data.d.length} bytes)`)
    } else if (data.t === "close") {
      const refused = this.#state === "connecting"
      this.#state = "closed"
      this.#port.close()
      this.#usable(false)
      if (refused) {
        this.element.classList.add("course-refused")
        this.told.textContent = data.status ? `HTTP/1.1 ${data.status}` : "The app did not accept the connection."
        if (data.reason) this.#line("note", data.reason)
      } else {
        this.#line("note", `Closed, with the code ${data.code}${data.reason ? `: ${data.reason}` : ""}`)
      }
    }
  }

  /**
   * @param {"in" | "out" | "note"} kind
   * @param {string} text
   */
  #line(kind, text) {
    const said = { in: "The app: ", out: "You: ", note: "" }[kind]
    const mark = { in: "← ", out: "→ ", note: "" }[kind]
    const prefix = [make("span", { class: "course-unseen" }, said), make("span", { "aria-hidden": "true" }, mark)]
    const stays = this.lines.scrollTop + this.lines.clientHeight > this.lines.scrollHeight - 20
    this.lines.append(make("p", { class: `course-${kind}` }, ...(said ? prefix : []), text))
    if (this.lines.childElementCount > MOST) this.lines.firstElementChild?.remove()
    if (stays) this.lines.scrollTop = this.lines.scrollHeight
  }

  /** @param {SubmitEvent} event */
  #submit(event) {
    event.preventDefault()
    if (this.#state !== "open") return
    this.#port.postMessage({ t: "msg", d: this.text.value })
    this.#line("out", this.text.value)
    this.text.value = ""
  }

  close() {
    if (this.#state === "closed") return
    this.#port.postMessage({ t: "close", code: 1000, reason: "" })
    this.#heard({ t: "close", code: 1000, reason: "" })
  }
}
