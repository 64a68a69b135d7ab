// A lesson's page comes alive: its cells can be edited and run, its predictions answered, its tasks checked.

import { Asked, File } from "./build-it.js"
import { Bar } from "./bar.js"
import { button, download, elements, find, idle, make, sign } from "./dom.js"
import { Cell } from "./cell.js"
import { Handing } from "./handing.js"
import { PanelPlace } from "./panel-place.js"
import { Prediction } from "./prediction.js"
import { Python } from "./python.js"
import { Store } from "./store.js"
import { messageOf } from "../worker/errors.js"

/** @import {Change, DocsOutput, Reported, View} from "../types.ts" */
/** @import {Runtime} from "../runtime.js" */

const HELP =
  "Ctrl and Enter run the cell, Shift and Enter run it and go on to the next. Once you have typed, Tab indents: " +
  "press Escape, then Tab, to leave the editor."

/**
 * @param {string} live the address of the folder `live/` of the site
 * @param {HTMLElement} facts what the page says of its lesson
 */
export function start(live, facts) {
  return new LessonPage(live, facts)
}

/** See `Lesson` in editable.js. */
class LessonPage {
  /** @type {Cell[]} */ cells = []
  /** @type {File[]} */ written = []
  store
  python
  #live
  #site
  #slug
  #tasks
  /** @type {Prediction[]} */
  #predictions = []
  /** @type {Map<string, Asked>} by task */
  #asked = new Map()
  #bar
  #place
  #status = make("div", { class: "live-said", role: "status" })
  /** @type {Promise<typeof import("./editor.js")> | null} */
  #editors = null

  /**
   * @param {string} live
   * @param {HTMLElement} facts
   */
  constructor(live, facts) {
    this.#live = live
    this.#slug = facts.dataset.lesson ?? ""
    this.#tasks = (facts.dataset.tasks ?? "").split(" ")
    this.#site = new URL("..", live).href
    this.store = new Store(this.#site, this.#slug)
    this.python = new Python({ base: live, lesson: this.#slug }, (runtime) => this.#mountPanel(runtime))
    const handing = new Handing(this.#site, {
      tell: (text, ...buttons) => (this.#bar.note("work", text, ...buttons), this.say(text)),
      changed: () => this.#arrived(),
      before: () => this.#keep(),
      own: { slug: this.#slug, store: this.store },
    })
    this.#bar = new Bar(
      this.python,
      [
        { text: "Run all cells", act: () => this.#runAll() },
        { text: "Export your notebook", act: () => this.#export() },
        { text: "Hand in…", act: handing.handIn },
        { text: "Continue here…", act: handing.continueHere },
        { text: "Clear this lesson…", act: () => this.#clear(), kind: "danger" },
      ],
      () => this.tell(),
    )
    this.#place = new PanelPlace(this.#bar.panel, () => this.python.start().catch(() => {}))
    const all = (/** @type {string} */ selector) => elements(document.querySelectorAll(selector))
    for (const element of all(".cell[data-cell]")) {
      if (element.querySelector(":scope > .cell-tools")) this.cells.push(new Cell(element, this))
    }
    this.written = all(".file[data-file]").map((element) => new File(element, this))
    this.#predictions = all(".task.prediction").map((one) => new Prediction(one, this))
    for (const task of all(".task")) {
      const list = task.querySelector(".asked")
      if (list) this.#asked.set(task.dataset.task ?? "", new Asked(list))
    }
    this.#furnish()
    this.#orphans()
    this.#listen()
    this.tell()
    this.python.whenIdle()
    this.#editWhenSeen()
  }

  /** CodeMirror, once. */
  editors = () => {
    this.#editors ??= import("./editor.js").catch((error) => {
      this.#editors = null
      this.#bar.note("editor", "The editor could not be loaded: are you offline? The next click tries again.")
      throw error
    })
    return this.#editors
  }

  /** What screen readers are told. @param {string} text */
  say = (text) => {
    this.#status.textContent = text
  }

  /** What stands in the lesson's folder. */
  files = () => Object.fromEntries(this.written.map((file) => [file.name, file.text]))

  /** An app's documentation in an output. @param {DocsOutput} data */
  docs = (data) => {
    const title = data.kind === "redoc" ? "ReDoc" : "Swagger UI"
    try {
      const frame = this.#place.panel?.docsFrame(data)
      if (frame) return frame
    } catch (error) {
      console.warn(error)
    }
    return make(
      "p",
      { class: "output-note" },
      button(`Open ${title} of this app`, () => this.#place.open(data.kind)),
    )
  }

  /** Open the app's panel. @param {View} [view] */
  open = (view) => this.#place.open(view)

  /** The cells before one. @param {Cell} cell */
  above(cell) {
    return this.cells.slice(0, this.cells.indexOf(cell))
  }

  /**
   * Run the cells before one, in order, up to the first that fails where that is not meant.
   * @param {Cell} cell
   * @returns {Promise<boolean>} whether all went well
   */
  async runAbove(cell) {
    const { stops } = this.python
    let left = 0
    for (const one of this.above(cell)) {
      if (one.waits) left += 1
      else if (!(await one.run()) && (stops !== this.python.stops || !this.#mayFail(one))) {
        this.#bar.note("above", `Cell ${one.number} failed, so the cells after it were not run.`)
        if (this.python.ready) one.element.scrollIntoView({ block: "center" })
        return false
      }
    }
    const which = left === 1 ? "One cell was" : `${left} cells were`
    if (left) this.#bar.note("above", `${which} left out: predict first, then run.`)
    else this.#bar.unnote("above")
    return true
  }

  /** Something that counts has changed: the menu tells how far the reader is. */
  tell() {
    const done = this.#tasks.filter((task) => this.store.get("done", task)).length
    const answered = this.#predictions.filter((one) => one.answered).length
    /** @type {(number: number, all: number, what: string) => string} */
    const count = (number, all, what) => `${number} of ${all} ${what}`
    this.#bar.facts(
      `${count(done, this.#tasks.length, "tasks done")}, ${count(answered, this.#predictions.length, "predictions made")}.`,
      this.store.keeps
        ? "Your text and your answers are kept in this browser; in a private window, until you close it."
        : "This browser keeps nothing: export your notebook before you leave.",
      ...(this.#place.panel?.kept?.state === "kept" ? ["The course is in this browser: it works offline."] : []),
    )
    for (const task of elements(document.querySelectorAll(".task:not(.prediction)"))) {
      const heading = find(task, ":scope > :is(h2, h3)")
      const passed = this.store.get("done", task.dataset.task ?? "")
      const mark = heading.querySelector(".task-done")
      if (passed && !mark)
        heading.insertBefore(make("span", { class: "task-done" }, "Done"), heading.querySelector(".headerlink"))
      else if (!passed) mark?.remove()
    }
  }

  /** @param {Cell} cell */
  #mayFail(cell) {
    // An exercise that is not solved yet stands in nobody's way.
    return cell.tags.has("raises-exception") || cell.element.closest(".task:not(.prediction)")
  }

  #furnish() {
    const article = find(document, ".md-content__inner")
    article.append(make("p", { class: "live-said", id: "editor-help" }, HELP), this.#status, this.#bar.element)
    document.body.append(this.#place.element)
    if (!this.store.keeps) this.#refused()
    document.body.classList.toggle("no-python", this.python.old)
  }

  #listen() {
    this.store.addEventListener("change", ({ detail }) => this.#heard(detail))
    this.store.addEventListener("refused", () => this.#refused())
    // A page that slept has heard of nothing.
    addEventListener("pageshow", ({ persisted }) => persisted && this.#wake())
    document.addEventListener("visibilitychange", () => document.hidden || this.#wake())
    let state = ""
    this.python.addEventListener("state", () => {
      const now = this.python.state
      if (now !== state && ["ready", "failed"].includes(now) && state !== "running") this.say(this.python.told)
      state = now
    })
    this.python.addEventListener("stopped", () => {
      for (const cell of this.cells) cell.stale()
    })
    this.python.addEventListener("report", ({ detail }) => this.#report(detail))
    this.python.addEventListener("hint", ({ detail }) => this.#hinted(detail.task, detail.count))
    for (const hint of document.querySelectorAll(".task details.hint")) {
      hint.addEventListener("toggle", () => {
        if (!(hint instanceof HTMLDetailsElement && hint.open)) return
        const task = hint.closest(".task")
        if (task instanceof HTMLElement) this.#hinted(task.dataset.task ?? "", Number(hint.dataset.hint))
      })
    }
  }

  /** @param {Reported} reported */
  #report({ task, state, report }) {
    if (report) this.#asked.get(task)?.show(report)
    if (state !== "passed" || !this.#tasks.includes(task) || this.store.get("done", task)) return
    this.store.set("done", task, { at: Date.now() })
    this.tell()
  }

  /**
   * Hints that were read stay read.
   * @param {string} task
   * @param {number} count
   */
  #hinted(task, count) {
    const before = this.store.get("hint", task)?.count ?? 0
    if (task && count > before) this.store.set("hint", task, { count, at: Date.now() })
  }

  /** @param {Runtime} runtime */
  async #mountPanel(runtime) {
    try {
      const { mountPanel } = await import("../panel/panel.js")
      this.#place.mount(mountPanel, runtime, { live: this.#live, lesson: this.#slug })
    } catch (error) {
      console.warn(error) // cells run without it
    }
  }

  // What is kept

  get #questions() {
    return this.#predictions.flatMap(({ questions }) => questions)
  }

  /** @param {Change} change */
  #heard(change) {
    if (change.kind === "all") return this.#wake()
    if (change.kind === "cell") {
      const one = [...this.cells, ...this.written].find((other) => other.key === change.key)
      if (one?.receive(change.value)) this.#fromElsewhere(one)
    } else if (change.kind === "said") {
      this.#questions.find(({ task }) => task === change.key)?.receive(change.value)
    }
    this.tell()
  }

  #wake() {
    for (const one of [...this.cells, ...this.written]) {
      if (one.receive(this.store.get("cell", one.key))) this.#fromElsewhere(one)
    }
    for (const one of this.#questions) one.receive(this.store.get("said", one.task))
    this.tell()
  }

  /** @param {Cell | File} one */
  #fromElsewhere(one) {
    const what = one instanceof File ? one.name : `Cell ${one.number}`
    const undo = one.undoes ? " Undo in it brings yours back." : ""
    this.#bar.note("tab", `${what} was changed in another tab, and has that text here now.${undo}`)
  }

  #refused() {
    const text = this.store.keeps
      ? "This browser has no room left to keep what you write. Export your notebook before you leave."
      : "This browser does not let the page keep anything: what you write is gone when you leave. Everything else works, and you can export your notebook."
    this.#bar.note("refused", text)
    this.tell()
  }

  /** What was written for cells that are no longer in the lesson is offered where they stood. */
  #orphans() {
    const known = new Set([...this.cells, ...this.written].map(({ key }) => key))
    for (const [key, kept] of this.store.all("cell")) {
      if (known.has(key) || !this.cells.length) continue
      const near = this.cells.findLast(({ number }) => number <= kept.number) ?? this.cells[0]
      near.offer(kept.text, () => this.store.remove("cell", key))
    }
  }

  // The menu

  async #runAll() {
    const last = this.cells.at(-1)
    if (last && (await this.runAbove(last))) await last.run()
  }

  async #export() {
    const name = `${this.#slug}.ipynb`
    try {
      const answer = await fetch(new URL(`../lessons/${name}`, this.#live))
      if (!answer.ok) throw new Error(`the site answers ${answer.status} for ${name}`)
      const { edited } = await import("./notebook.js")
      const text = edited(await answer.json(), this.cells)
      download(name, new Blob([text], { type: "application/x-ipynb+json" }))
    } catch (error) {
      this.#bar.note("export", `The notebook could not be exported: ${messageOf(error)}`)
    }
  }

  #keep() {
    for (const one of [...this.cells, ...this.written]) one.keep()
  }

  /** Work came from a file, or was taken back. */
  #arrived() {
    for (const one of [...this.cells, ...this.written]) one.receive(this.store.get("cell", one.key), { always: true })
    for (const one of this.#questions) one.receive(this.store.get("said", one.task))
    for (const one of document.querySelectorAll(".orphan")) one.remove()
    this.#orphans()
    this.tell()
  }

  async #clear() {
    const cells = [...this.cells, ...this.written].filter((one) => one.edited).length
    const text =
      `Your text in ${cells} ${cells === 1 ? "cell" : "cells"}, your predictions and the marks of what you have done ` +
      "go. This cannot be undone. Python and its variables stay."
    const { confirmed } = await import("./dialog.js")
    if (!(await confirmed("Clear this lesson?", text, "Clear it"))) return
    this.store.clear()
    for (const one of [...this.cells, ...this.written]) one.reset()
    for (const one of this.#questions) one.receive(null)
    for (const one of this.#asked.values()) one.clear()
    for (const one of document.querySelectorAll(".orphan")) one.remove()
    this.tell()
    this.say("The lesson is as it was.")
  }

  /** Editors come one by one as the reader comes near them, when the browser has time. */
  async #editWhenSeen() {
    await sign()
    await idle()
    if (this.python.state === "saving") return // each comes at the first touch
    /** @type {(Cell | File | undefined)[]} */
    const waiting = []
    let busy = false
    const next = async () => {
      busy = true
      while (waiting.length) {
        await idle(500)
        await waiting.shift()?.mount()
      }
      busy = false
    }
    const seen = new IntersectionObserver(
      (entries) => {
        for (const { target, isIntersecting } of entries) {
          if (!isIntersecting) continue
          seen.unobserve(target)
          waiting.push([...this.cells, ...this.written].find(({ element }) => element === target))
        }
        if (!busy) next()
      },
      { rootMargin: "500px" },
    )
    for (const { element } of [...this.cells, ...this.written]) seen.observe(element)
  }
}
