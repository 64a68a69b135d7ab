// The log: every exchange with an app of the page, whoever asked.

import { button, make } from "../page/dom.js"
import { drawExchange } from "./exchange.js"

/** @import {Exchange} from "../types.ts" */

/** Exchanges that are remembered. */
const MOST = 200
const WHO = { cell: "a cell", frame: "a page of the app", panel: "the request bar", check: "a check" }

export class Log {
  /** @type {Exchange[]} */
  #all = []
  /** @type {Exchange[]} */
  #undrawn = []
  #visible = false
  #waiting = false

  /**
   * @param {import("../runtime.js").Runtime} runtime
   * @param {(count: number) => void} oncount
   */
  constructor(runtime, oncount) {
    this.oncount = oncount
    this.list = make("ol", { class: "course-log", "aria-label": "Exchanges, the latest first" })
    this.empty = make(
      "p",
      { class: "course-note" },
      "Each request to an app of this page appears here: those of cells, of Swagger UI and of the request bar.",
    )
    this.clear = button("Clear", () => this.#clear(), { class: "course-plain" })
    this.element = make(
      "div",
      { class: "course-view" },
      make("div", { class: "course-row" }, this.clear),
      this.empty,
      this.list,
    )
    this.#show()
    runtime.addEventListener("exchange", ({ detail }) => this.add(detail))
  }

  /**
   * Takes an exchange in. It is drawn when somebody looks: a cell that sends a request waits for nothing here.
   * @param {Exchange} exchange
   */
  add(exchange) {
    this.#all.push(exchange)
    this.#undrawn.push(exchange)
    if (this.#all.length > MOST) this.#all.shift()
    if (this.#undrawn.length > MOST) this.#undrawn.shift()
    this.#later()
  }

  /** @param {boolean} yes whether it can be seen */
  visible(yes) {
    this.#visible = yes
    if (yes) this.#later()
  }

  #later() {
    if (this.#waiting) return
    this.#waiting = true
    setTimeout(() => {
      this.#waiting = false
      this.oncount(this.#all.length)
      if (this.#visible) this.#draw()
    }, 50)
  }

  #draw() {
    this.list.prepend(...this.#undrawn.splice(0).map(row).reverse())
    while (this.list.childElementCount > MOST) this.list.lastElementChild?.remove()
    this.#show()
  }

  #show() {
    this.empty.hidden = this.#all.length > 0
    this.clear.hidden = !this.empty.hidden
  }

  #clear() {
    this.#all = []
    this.#undrawn = []
    this.list.replaceChildren()
    this.#show()
    this.oncount(0)
  }
}

/** @type {Record<number, string>} */
const KINDS = { 1: "ok", 2: "ok", 3: "redirect", 4: "refused", 5: "failed" }

/** @param {Exchange} exchange */
function row(exchange) {
  const { method, path, status, ms, from } = exchange
  const kind = KINDS[Math.floor(status / 100)] ?? "failed"
  const summary = make(
    "summary",
    {},
    make("b", {}, method),
    " ",
    make("span", { class: "course-path" }, path),
    " ",
    make("span", { class: `course-status course-${kind}` }, String(status || "–")),
    " ",
    make("small", {}, `${ms < 10 ? Math.round(ms * 10) / 10 : Math.round(ms)} ms, ${WHO[from] ?? from}`),
  )
  const details = make("details", {}, summary)
  details.addEventListener(
    "toggle",
    () => details.open && details.childElementCount === 1 && details.append(drawExchange(exchange)),
  )
  return make("li", {}, details)
}
