// "Build it": a file in an editor, and the list of what its check asks for.

import { button, download, elements, find, make } from "./dom.js"
import { Editable } from "./editable.js"
import { Output } from "./output.js"
import { bringIntoSight } from "./sight.js"
import { messageOf } from "../worker/errors.js"

/** @import {Report} from "../types.ts" */
/** @import {Lesson} from "./editable.js" */

// As `fastapi dev` does at a desk: the file as it is now, served.
const SERVE = `
import importlib, sys
from course import serve
sys.modules.pop("app", None)
importlib.invalidate_caches()
app = importlib.import_module("app").app
client = serve(app)
`

/** A file of the lesson's folder. */
export class File extends Editable {
  /** Its name in the lesson's folder. */
  name
  #lesson
  #output
  #reset
  #state = make("span", { class: "cell-state" })

  /**
   * @param {HTMLElement} element
   * @param {Lesson} lesson
   */
  constructor(element, lesson) {
    const name = element.dataset.file ?? ""
    super(element, lesson, { label: name, number: 0 })
    this.name = name
    this.#lesson = lesson
    this.#output = new Output(element, lesson.docs)
    const task = element.closest(".task")
    const check = () => lesson.cells.findLast((cell) => task?.contains(cell.element))
    this.#reset = button("Reset", () => this.reset(), { class: "quiet", "aria-label": `Reset: ${name}` })
    find(element, ".cell-tools").append(
      button("Check", () => check()?.run(element), {
        class: "run",
        "aria-label": `Check: ${name}`,
        title: "Ctrl+Enter",
      }),
      button("Serve", () => this.#serve(), {
        "aria-label": `Serve: ${name}`,
        title: "Have your app served in this page, and open its documentation",
      }),
      button("Download", () => download(name, new Blob([this.text], { type: "text/x-python" })), {
        class: "quiet",
        "aria-label": `Download: ${name}`,
      }),
      this.#reset,
      this.#state,
    )
    this.addEventListener("edit", () => this.#tell())
    for (const wish of /** @type {const} */ (["run", "next"])) this.addEventListener(wish, () => check()?.run(element))
    this.#tell()
  }

  async #serve() {
    this.keep()
    this.#state.textContent = "Serving"
    this.#output.begin()
    try {
      const { ok } = await this.#lesson.python.run(SERVE, {
        cell: this.name,
        name: this.name,
        files: this.#lesson.files(),
        onstart: () => {},
        onoutput: (output) => this.#output.add(output),
      })
      this.#output.end()
      this.#state.textContent = ok ? "Served" : "Not served"
      this.#lesson.say(ok ? `${this.name} is served. Its documentation is open.` : this.#output.summary())
      if (ok) this.#lesson.open("docs")
      else bringIntoSight(this.#output.element, this.element)
    } catch (stopped) {
      this.#output.end()
      this.#state.textContent = messageOf(stopped)
    }
  }

  #tell() {
    this.#reset.hidden = !this.edited
    find(this.element, ".filename").textContent = this.edited ? this.name : `${this.name}, as you find it`
  }
}

/** The list of what the check of a task asks for: each line shows how it came out last. */
export class Asked {
  #lines

  /** @param {Element} list */
  constructor(list) {
    this.#lines = new Map(elements(list.children).map((line) => [line.dataset.check ?? "", line]))
  }

  /** @param {Report} report */
  show(report) {
    for (const { name, state } of report.lines) {
      const line = this.#lines.get(name)
      if (!line) continue
      line.dataset.state = state
      line.querySelector(".outcome")?.remove()
      line.append(make("span", { class: "outcome" }, ` (${state})`))
    }
  }

  clear() {
    for (const line of this.#lines.values()) {
      delete line.dataset.state
      line.querySelector(".outcome")?.remove()
    }
  }
}
