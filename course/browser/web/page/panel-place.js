// Where the app's panel stands: beside the text on a wide screen, a drawer at the foot of a narrow one.

import { button, find, make } from "./dom.js"

/** @import {View} from "../types.ts" */
/** @import {mountPanel as Mount, Panel} from "../panel/panel.js" */
/** @import {Runtime} from "../runtime.js" */

export class PanelPlace {
  /** @type {Panel | null} */
  panel = null
  element
  #place = make("div", { class: "live-panel-body" })
  #button
  #begin

  /**
   * @param {HTMLButtonElement} opener
   * @param {() => void} begin called when it opens without a panel in it: Python has to start first
   */
  constructor(opener, begin) {
    this.#button = opener
    this.#begin = begin
    opener.addEventListener("click", () => (this.element.hidden ? this.open() : this.close()))
    this.element = make(
      "aside",
      { class: "live-panel", id: "live-panel", "aria-label": "The app in this page", hidden: true },
      make(
        "div",
        { class: "live-panel-head" },
        make("h2", {}, "App"),
        button("Close", () => this.close(), { class: "quiet" }),
      ),
      this.#place,
    )
    this.#place.append(make("p", { class: "live-panel-empty" }, "Nothing is served yet. Run a cell with serve(app)."))
    this.element.addEventListener("keydown", (event) => {
      // What is inside may have used the key already.
      if (event.key === "Escape" && !event.defaultPrevented) this.close()
    })
    this.#place.addEventListener("course:panel", (event) => {
      if (event instanceof CustomEvent && event.detail.open) this.open()
      else this.close()
    })
  }

  /**
   * Put the panel in.
   * @param {typeof Mount} mountPanel
   * @param {Runtime} runtime
   * @param {Parameters<typeof Mount>[2]} options
   */
  mount(mountPanel, runtime, options) {
    if (this.panel) return
    this.#place.replaceChildren()
    this.panel = mountPanel(this.#place, runtime, options)
  }

  /** @param {View} [view] */
  open(view) {
    this.#show(true)
    this.#begin()
    if (view) this.panel?.open(view)
    find(this.element, "button").focus({ preventScroll: true })
  }

  close() {
    const within = this.element.contains(document.activeElement)
    this.#show(false)
    if (within) this.#button.focus()
  }

  /** @param {boolean} open */
  #show(open) {
    this.element.hidden = !open
    this.#button.setAttribute("aria-expanded", String(open))
    document.body.classList.toggle("with-panel", open)
  }
}
