// A cell that can be run.

import { button, find, make } from "./dom.js"
import { Editable } from "./editable.js"
import { Output } from "./output.js"
import { bringIntoSight } from "./sight.js"
import { messageOf } from "../worker/errors.js"

/** @import {Lesson} from "./editable.js" */
/** @import {Prediction} from "./prediction.js" */

const CHECK = /^\s*await check\([^\n]*\)\s*$/
const ANSWERS = /^my_answers? = ([^#\n]*)/m

export class Cell extends Editable {
  tags
  role
  /** How often its Python has been run since that was started; 0 also after a stop. */
  runs = 0
  /** The prediction that has to be answered first, if there is one. @type {Prediction | null} */
  prediction = null
  #lesson
  #output
  #state = make("span", { class: "cell-state" })
  #run
  #reset
  #above
  #shown
  /** @type {string | null} the text that was run last */
  #ran = null
  /** @type {Promise<boolean> | null} */
  #going = null

  /**
   * @param {HTMLElement} element
   * @param {Lesson} lesson
   */
  constructor(element, lesson) {
    const number = Number(element.dataset.cell)
    super(element, lesson, { label: `Code of cell ${number}`, number })
    this.#lesson = lesson
    this.tags = new Set((element.dataset.tags ?? "").split(" "))
    this.role = element.dataset.role ?? ""
    this.#output = new Output(element, lesson.docs)
    this.#shown = this.#output.element.hidden ? "" : "Stored output"
    const name = CHECK.test(this.source) ? "Check" : "Run"
    const above = this.#lesson.cells.length
    this.#run = button(name, () => this.run(this.element), {
      class: "run",
      "aria-label": `${name}: cell ${this.number}`,
      title: "Ctrl+Enter; Shift+Enter goes on to the next cell",
    })
    this.#above = above ? button("Run all above", () => this.#lesson.runAbove(this), { class: "quiet" }) : null
    this.#reset = button("Reset", () => this.reset(), {
      class: "quiet",
      "aria-label": `Reset: cell ${this.number}`,
      title: "The lesson’s own text and output again",
    })
    const tools = find(this.element, ":scope > .cell-tools")
    tools.append(...[this.#run, this.#above, this.#reset, this.#state].filter((one) => one !== null))
    this.addEventListener("edit", () => this.#tell())
    this.addEventListener("run", () => this.run(this.element))
    this.addEventListener("next", () => this.#runAndGoOn())
    this.#tell()
  }

  get outputs() {
    return this.#output.outputs
  }

  /** Whether what stands here has been run in the Python that there is. */
  get fresh() {
    return this.runs > 0 && this.#ran === this.text
  }

  /** The letters that an answer's cell commits to; null where one is missing. */
  get letters() {
    const said = ANSWERS.exec(this.text)?.[1].split(",") ?? []
    return said.map((one) => /^["'](\w)["']$/.exec(one.trim())?.[1] ?? null)
  }

  /** Whether a run has to wait for the answer to a prediction. */
  get waits() {
    return Boolean(this.role === "experiment" && this.prediction && !this.prediction.answered)
  }

  /**
   * Run it. Errors in the reader's code are outputs; nothing is thrown.
   * @param {HTMLElement} [from] where the reader asked for it, who then gets to see the output
   * @returns {Promise<boolean>} whether it ended without one
   */
  run(from) {
    this.#going ??= this.#once(from).finally(() => (this.#going = null))
    return this.#going
  }

  /** @param {HTMLElement} [from] */
  async #once(from) {
    if (this.waits) {
      this.prediction?.ask()
      return false
    }
    this.keep()
    const { python, say } = this.#lesson
    const text = this.text
    this.#busy(true)
    await this.prediction?.commit(this)
    this.#say(python.ready ? "Waiting for its turn" : "Waiting for Python")
    this.#output.begin()
    /** @type {string | null} */
    let error = null
    try {
      const { ok, ms } = await python.run(text, {
        cell: String(this.number),
        name: `cell ${this.number}`,
        files: this.#lesson.files(),
        onstart: () => this.#say("Running"),
        onoutput: (output) => {
          if (output.output_type === "error") error = output.ename
          this.#output.add(output)
        },
      })
      this.#output.end()
      this.runs += 1
      this.#ran = text
      const what = this.#output.element.hidden ? "Ran" : "Your output"
      this.#shown = ok ? `${what}, ${duration(ms)}` : `Raised ${error ?? "an error"}`
      say(`Cell ${this.number}: ${ok ? "done" : `raised ${error}`}. ${this.#output.summary()}`)
      if (error === "NameError") this.#offerAbove()
      return ok
    } catch (stopped) {
      this.#output.end()
      this.#note(messageOf(stopped))
      this.#shown = ""
      say(`Cell ${this.number}: ${messageOf(stopped)}`)
      return false
    } finally {
      this.#busy(false)
      this.#tell()
      if (from) bringIntoSight(this.#output.element, from)
    }
  }

  reset() {
    super.reset()
    this.#output.restore()
    this.#ran = null
    this.#shown = this.#output.element.hidden ? "" : "Stored output"
    this.#tell()
  }

  /** Python was stopped: variables are gone, what is shown is of an earlier one. */
  stale() {
    this.runs = 0
    if (this.#ran === null) return
    this.#shown = "Output from before Python was stopped"
    this.#tell()
  }

  /** Whether it may be run has changed. */
  gate() {
    if (this.waits) this.#run.setAttribute("aria-disabled", "true")
    else this.#run.removeAttribute("aria-disabled")
    this.#tell()
  }

  /** Bring it on the screen, with the cursor in it. */
  async show() {
    await this.edit()
    this.element.scrollIntoView({ block: "nearest" })
  }

  async #runAndGoOn() {
    const next = this.#lesson.cells[this.#lesson.cells.indexOf(this) + 1]
    const ran = this.run(this.element)
    if (next) await next.show()
    await ran
  }

  /** @param {boolean} busy */
  #busy(busy) {
    this.element.classList.toggle("running", busy)
    this.element.setAttribute("aria-busy", String(busy))
    if (busy) this.#output.element.classList.remove("stale")
  }

  #tell() {
    this.#reset.hidden = !this.edited && this.#ran === null
    const other = this.#ran === null ? this.edited : this.text !== this.#ran
    const stale = other && this.#shown !== ""
    this.#output.element.classList.toggle("stale", stale || this.#shown.startsWith("Output from before"))
    this.#say(this.waits ? "Predict first" : stale ? "Output of the text before your change" : this.#shown)
  }

  /** @param {string} text */
  #say(text) {
    this.#state.textContent = text
  }

  /** @param {string} text */
  #note(text) {
    this.#output.element.append(make("p", { class: "output-note" }, text))
    this.#output.element.hidden = false
  }

  /** After a reload or a stop, a name from above is not there: one button mends that. */
  #offerAbove() {
    if (this.#lesson.above(this).every((cell) => cell.runs)) return
    const text = "The cells above have not all been run since Python started. "
    this.#output.element.append(
      make(
        "p",
        { class: "output-note" },
        text,
        button("Run all above, then this", async () => {
          if (await this.#lesson.runAbove(this)) await this.run(this.element)
        }),
      ),
    )
  }
}

/** @param {number} ms */
function duration(ms) {
  return ms < 1000 ? `${Math.max(1, Math.round(ms))} ms` : `${(ms / 1000).toFixed(1)} s`
}
