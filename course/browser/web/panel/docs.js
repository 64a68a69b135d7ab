// A view with a page of the app: its address, a frame, and the way to a tab of its own.

import { button, make } from "../page/dom.js"
import { AppFrame } from "./frame.js"

/** @import {DocsKind, Serving} from "../types.ts" */

/** How long Python has to be at rest before a page is loaded anew by itself, in ms. */
const REST = 300

export class DocsView {
  #host
  #app
  #path
  #visible = false
  #stale = true
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer
  /** @type {AppFrame | null} */
  frame = null

  /**
   * @param {import("./host.js").Host} host
   * @param {{label: string, kind: DocsKind, app?: string, path?: string}} options
   *   `app`, `path`: a certain page; else that of `kind`, of the app served last
   */
  constructor(host, { label, kind, app, path }) {
    this.#host = host
    this.label = label
    this.kind = kind
    this.#app = app
    this.#path = path
    this.address = make("code", { class: "course-address" })
    this.again = button("Reload", () => this.load(), { class: "course-plain" })
    // It stands in the row only while it leads somewhere: an anchor without an address is no link.
    this.tab = make("a", { class: "course-plain", target: "_blank", rel: "noopener" }, "Open in a new tab")
    this.note = make("p", { class: "course-note", role: "status" })
    this.place = make("div", { class: "course-frame-place" })
    this.row = make("div", { class: "course-row" }, this.address, this.again)
    this.element = make("div", { class: "course-view course-docs-view" }, this.row, this.note, this.place)
    host.addEventListener("apps", () => this.#changed())
    host.addEventListener("mode", () => this.#links())
    host.runtime.addEventListener("ready", () => this.#changed())
    this.#say()
  }

  /** @param {boolean} yes whether it can be seen: only then it loads anything */
  visible(yes) {
    this.#visible = yes
    if (yes && this.#stale) this.#changed(0)
  }

  /** @returns {Serving | null} the app, as long as it is served */
  #facts() {
    return this.#app ? this.#host.serving(this.#app) : (this.#host.chosen ?? this.#host.app)
  }

  // Served anew, or stopped: shown anew when Python rests, so that no cell waits for it.
  #changed(rest = REST) {
    this.#stale = true
    clearTimeout(this.#timer)
    if (!this.#visible) return
    const look = () => {
      if (this.#host.runtime.state === "running") this.#timer = setTimeout(look, REST)
      else this.load()
    }
    this.#timer = setTimeout(look, rest)
  }

  /** Loads the page, or says why there is none. */
  load() {
    const facts = this.#facts()
    const path = this.#path ?? facts?.[this.kind]
    this.#stale = false
    this.#say()
    if (!facts || !path) {
      this.frame?.close()
      this.frame = null
      return
    }
    if (this.frame?.app !== facts.name) {
      this.frame?.close()
      this.frame = new AppFrame(this.#host, { app: facts.name, label: `${this.label} of ${facts.title}` })
      this.frame.addEventListener("page", () => this.#links())
      this.frame.addEventListener("blocked", ({ detail }) => {
        this.note.textContent =
          detail === "inline"
            ? "Where service workers are blocked, this site lets no script run that stands in the app's own page."
            : `This page asked ${new URL(detail).host} for something. Pages of apps in this course ask no other host.`
      })
      this.frame.addEventListener("lost", () => {
        this.note.textContent =
          "The page went to an address that cannot be followed here: where service workers are blocked, only links and forms can. Reload leads back."
      })
      this.place.replaceChildren(this.frame.element)
    }
    this.frame.go(path)
  }

  #say() {
    const facts = this.#facts()
    const { state } = this.#host.runtime
    this.note.textContent = facts
      ? (this.#path ?? facts[this.kind])
        ? ""
        : `This app has no ${this.label}: it was made without, or is no FastAPI app.`
      : state === "loading"
        ? "Python is starting."
        : "No app is being served. Run a cell with serve(app)."
    this.row.hidden = !facts
    this.#links()
  }

  #links() {
    const href = this.frame?.href ?? ""
    const inside = href && this.#host.parse(href)
    this.address.textContent = inside ? inside.path + (inside.query ? `?${inside.query}` : "") : ""
    this.again.hidden = !inside
    if (this.#host.mode !== "address" || !inside) return this.tab.remove()
    this.tab.href = href
    if (!this.tab.parentNode) this.row.append(this.tab) // put there again, it would lose the focus
  }

  close() {
    clearTimeout(this.#timer)
    this.frame?.close()
  }
}
