// The bar at the foot of a lesson: what Python does, and what can be done with the lesson as a whole.

import { button, find, make } from "./dom.js"

export class Bar {
  element
  /** The button that opens the app's panel. */
  panel
  #python
  #told = make("span", { class: "live-told" })
  #progress = make("progress", { class: "live-progress", "aria-label": "Python is loading", hidden: true })
  #stop
  #notes = make("div", { class: "live-notes" })
  #menu
  #menuButton
  #facts = make("div", { class: "live-facts" })
  #onopen

  /**
   * @param {import("./python.js").Python} python
   * @param {{text: string, act: () => void, kind?: string}[]} actions what the menu offers
   * @param {() => void} onopen called when the menu opens: what it tells may have changed
   */
  constructor(python, actions, onopen) {
    this.#python = python
    this.#onopen = onopen
    this.#stop = button("Stop", () => python.stop(), { class: "stop", hidden: true })
    this.panel = button("App", () => {}, { class: "quiet", "aria-expanded": "false", "aria-controls": "live-panel" })
    this.#menuButton = button("Lesson", () => this.#toggle(), {
      class: "quiet",
      "aria-expanded": "false",
      "aria-controls": "live-menu",
    })
    this.#menu = make("div", { class: "live-menu", id: "live-menu", hidden: true }, this.#facts)
    for (const { text, act, kind } of actions) {
      const chosen = () => (this.#toggle(false), this.#menuButton.focus(), act())
      this.#menu.append(button(text, chosen, { class: kind ?? false }))
    }
    const row = make(
      "div",
      { class: "live-row" },
      make("span", { class: "live-lamp", "aria-hidden": "true" }),
      this.#told,
      this.#progress,
      this.#stop,
      this.panel,
      this.#menuButton,
    )
    this.element = make(
      "section",
      { class: "live-bar", "aria-label": "Python in this page" },
      this.#notes,
      this.#menu,
      row,
    )
    this.element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || this.#menu.hidden) return
      this.#toggle(false)
      this.#menuButton.focus()
    })
    document.addEventListener("click", ({ target }) => {
      if (!this.#menu.hidden && !(target instanceof Node && this.element.contains(target))) this.#toggle(false)
    })
    python.addEventListener("state", () => this.#tell())
    this.#tell()
  }

  /**
   * Something the reader must know, until it is read.
   * @param {string} about one note about the same thing at a time
   * @param {string} text
   * @param {...HTMLElement} buttons
   */
  note(about, text, ...buttons) {
    const focused = this.#notes.contains(document.activeElement)
    this.unnote(about)
    const line = make("p", { "data-about": about }, make("span", {}, text), ...buttons)
    line.append(button("OK", () => line.remove(), { class: "quiet" }))
    this.#notes.append(line)
    if (focused && !this.#notes.contains(document.activeElement)) find(line, "button").focus()
  }

  /** @param {string} about */
  unnote(about) {
    this.#notes.querySelector(`[data-about="${CSS.escape(about)}"]`)?.remove()
  }

  /** @param {...(string | Node)} lines how far the reader is, and where that is kept */
  facts(...lines) {
    this.#facts.replaceChildren(...lines.map((line) => make("p", {}, line)))
  }

  #toggle(open = this.#menu.hidden) {
    if (open) this.#onopen()
    this.#menu.hidden = !open
    this.#menuButton.setAttribute("aria-expanded", String(open))
    if (open) find(this.#menu, "button").focus()
  }

  #tell() {
    const { state, told, progress } = this.#python
    this.element.dataset.state = state
    this.#told.textContent = told
    this.#stop.hidden = state !== "running"
    this.#progress.hidden = state !== "loading"
    if (progress?.total) {
      this.#progress.max = progress.total
      this.#progress.value = progress.loaded
    } else this.#progress.removeAttribute("value")
  }
}
