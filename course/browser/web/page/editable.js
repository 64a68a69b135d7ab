// A text of the lesson that the reader may change: a cell's code, or a file. It is read before it is edited: the
// page's own block of code stands until an editor takes its place.

import { button, find, make } from "./dom.js"

const PAUSE = 300 // ms without a key until a change is kept; leaving the page keeps it at once

/** @import {DocsOutput, Edit, Files, Tells, View} from "../types.ts" */
/** @import {Cell} from "./cell.js" */
/** @import {Python} from "./python.js" */
/** @import {Store} from "./store.js" */

/**
 * The page's side of a lesson, as cells, files and predictions need it.
 * @typedef {object} Lesson
 * @property {Store} store
 * @property {Python} python
 * @property {() => Promise<typeof import("./editor.js")>} editors loads CodeMirror, once
 * @property {(text: string) => void} say tells screen readers
 * @property {Cell[]} cells those that can be run, in order
 * @property {() => Files} files what stands in the lesson's folder
 * @property {(data: DocsOutput) => Node} docs an app's documentation in an output
 * @property {(view?: View) => void} open opens the app's panel
 * @property {(cell: Cell) => Cell[]} above
 * @property {(cell: Cell) => Promise<boolean>} runAbove
 * @property {() => void} tell something that counts has changed
 */

/** Tells of "edit", and of "run" and "next" when the reader wants that. */
export class Editable extends /** @type {new () => Tells<Record<"edit" | "run" | "next", Event>>} */ (EventTarget) {
  /** @type {HTMLElement} */ element
  /** @type {string} what the lesson has here */ source
  key
  hash
  number
  label
  #text
  #at = 0
  /** @type {ReturnType<typeof import("./editor.js").mount> | null} */
  #editor = null
  /** @type {Promise<void> | null} */
  #mounting = null
  #code
  #lesson
  /** @type {ReturnType<typeof setTimeout> | 0} */
  #timer = 0
  /** @type {HTMLElement | null} */
  #notice = null

  /**
   * @param {HTMLElement} element what has data-key and data-hash
   * @param {Lesson} lesson
   * @param {{label: string, number: number}} of
   */
  constructor(element, lesson, { label, number }) {
    super()
    this.element = element
    this.#lesson = lesson
    this.label = label
    this.number = number
    this.key = element.dataset.key ?? ""
    this.hash = element.dataset.hash ?? ""
    this.#code = find(element, ":scope > .highlight")
    this.source = (find(this.#code, "code").textContent ?? "").replace(/\n+$/, "")
    this.#text = this.source
    const kept = lesson.store.get("cell", this.key)
    if (kept) this.#take(kept)
    this.#code.addEventListener("pointerdown", ({ target, clientX, clientY }) => {
      if (!this.#editor && target instanceof Element && !target.closest("button")) this.edit({ x: clientX, y: clientY })
    })
    addEventListener("pagehide", () => this.keep())
    document.addEventListener("visibilitychange", () => document.hidden && this.keep())
  }

  get text() {
    return this.#text
  }

  get edited() {
    return this.#text !== this.source
  }

  /** Whether a change from elsewhere can be undone here. */
  get undoes() {
    return Boolean(this.#editor)
  }

  /** Change the text as if the reader had. @param {string} text */
  write(text) {
    if (text === this.#text) return
    this.#show(text)
    this.#changed(text)
    this.keep()
  }

  /** The lesson's own text again. */
  reset() {
    this.#show(this.source)
    this.#text = this.source
    this.#forget()
    this.#unnotice()
    this.dispatchEvent(new Event("edit"))
  }

  /**
   * Put the editor there, and the cursor in it.
   * @param {{x: number, y: number}} [at] where in the window
   */
  async edit(at) {
    await this.mount()
    this.#editor?.focus(at)
  }

  /** Put the editor where the block of code is. Without network that may fail; the next touch tries again. */
  mount() {
    this.#mounting ??= this.#mounted().catch((error) => {
      this.#mounting = null
      console.warn(error)
    })
    return this.#mounting
  }

  async #mounted() {
    const { mount } = await this.#lesson.editors()
    const place = make("div", { class: "editor" })
    this.#editor = mount({
      parent: place,
      text: this.#text,
      label: this.label,
      onchange: (text) => this.#changed(text),
      onrun: () => this.dispatchEvent(new Event("run")),
      onnext: () => this.dispatchEvent(new Event("next")),
    })
    find(this.#code, "pre").replaceWith(place)
    this.#code.classList.add("edited-here")
  }

  /** Keep what was written, now. */
  keep() {
    if (!this.#timer) return
    clearTimeout(this.#timer)
    this.#timer = 0
    if (!this.edited) return this.#forget()
    this.#at = Date.now()
    this.#lesson.store.set("cell", this.key, { text: this.#text, hash: this.hash, number: this.number, at: this.#at })
  }

  /**
   * Another tab has changed this text, or a page that slept wakes up.
   * @param {Edit | null} kept
   * @param {{always?: boolean}} [how] `always`: also an older one, which the reader takes back
   * @returns {boolean} whether the text is another one now
   */
  receive(kept, { always = false } = {}) {
    if (this.#timer) return false // the reader is typing here: this is the newest, and will be kept
    if (kept && kept.at < this.#at && !always) return false
    const text = kept?.text ?? this.source
    this.#at = kept?.at ?? 0
    if (text === this.#text) return false
    this.#unnotice()
    if (kept) this.#take(kept)
    else {
      this.#text = text
      this.#show(text)
    }
    this.dispatchEvent(new Event("edit"))
    return true
  }

  /** Tell something about this text, below it. @param {...(Node | string)} content */
  notice(...content) {
    this.#unnotice()
    this.#notice = make("div", { class: "cell-notice" }, ...content)
    this.element.insertBefore(this.#notice, this.#code.nextSibling)
  }

  /**
   * Text of the reader's for a cell that the lesson no longer has.
   * @param {string} text
   * @param {() => void} forget
   */
  offer(text, forget) {
    const place = make("details", { class: "cell-notice orphan" })
    const drop = () => (place.remove(), forget())
    place.append(
      make("summary", {}, "You wrote this for a cell that the lesson no longer has"),
      make("pre", {}, make("code", {}, text)),
      button("Put it into this cell", () => (this.write(text), drop())),
      button("Throw it away", drop),
    )
    this.element.append(place)
  }

  /** @param {Edit} kept */
  #take(kept) {
    this.#text = kept.text
    this.#at = kept.at
    this.#show(kept.text)
    if (kept.hash === this.hash) return
    const lessons = make(
      "details",
      {},
      make("summary", {}, "The lesson’s text"),
      make("pre", {}, make("code", {}, this.source)),
    )
    this.notice(
      make("p", {}, "The lesson has changed here since you wrote this. Your text is kept."),
      lessons,
      button("Take the lesson’s text", () => this.reset()),
      button("Keep mine", () => (this.#later(), this.keep(), this.#unnotice())),
    )
  }

  /** @param {string} text */
  #changed(text) {
    this.#text = text
    this.#later()
    this.dispatchEvent(new Event("edit"))
  }

  #later() {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.keep(), PAUSE)
  }

  #forget() {
    clearTimeout(this.#timer)
    this.#timer = 0
    this.#at = 0
    this.#lesson.store.remove("cell", this.key)
  }

  /** @param {string} text */
  #show(text) {
    if (this.#editor) this.#editor.set(text)
    // Without colours until the editor comes.
    else find(this.#code, "code").textContent = text
  }

  #unnotice() {
    this.#notice?.remove()
    this.#notice = null
  }
}
