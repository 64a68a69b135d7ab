// A prediction: its choices are clicked, and judged at once; only then can its experiment be run.

import { elements, find, findAs, make } from "./dom.js"

/** @import {Said} from "../types.ts" */
/** @import {Cell} from "./cell.js" */
/** @import {Lesson} from "./editable.js" */

const COMMITTED = /^my_answer = (?:\.\.\.|["']\w["'])/m

/** @type {Record<string, number>} how far a key leads */
const STEPS = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }

export class Prediction {
  /** @type {string | null} the letter that the reader chose */
  answer = null
  task
  #element
  #lesson
  #choices
  #right
  #cell
  #experiments
  #verdict = make("div", { class: "verdict", hidden: true })

  /**
   * @param {HTMLElement} element the whole task
   * @param {Lesson} lesson
   */
  constructor(element, lesson) {
    this.#element = element
    this.#lesson = lesson
    this.task = element.dataset.task ?? ""
    this.#right = element.dataset.answer
    const cells = lesson.cells.filter((cell) => element.contains(cell.element))
    this.#cell = cells.find((cell) => cell.role === "answer")
    this.#experiments = cells.filter((cell) => cell.role === "experiment")
    for (const cell of cells) cell.prediction = this
    const list = find(element, ".choices")
    this.#choices = elements(list.children)
    this.#draw(list)
    const answer = this.#cell
    answer?.addEventListener("edit", () => this.#take(answer.letter))
    this.#take(lesson.store.get("said", this.task)?.choice ?? null, { kept: true })
  }

  /** The reader wants to run the experiment and has not answered yet. */
  ask() {
    this.#element.classList.add("asked-for")
    this.#choices.find((choice) => choice.tabIndex === 0)?.focus()
    this.#lesson.say("Predict first: choose one of these answers.")
  }

  /** Before the experiment runs: the variable that its check reads has to hold the answer. @param {Cell} cell */
  async commit(cell) {
    if (cell.role === "experiment" && this.#cell && !this.#cell.fresh) await this.#cell.run()
  }

  /** Another tab has answered, or forgotten the answer. @param {Said | null} said */
  receive(said) {
    this.#take(said?.choice ?? null, { kept: true })
  }

  /** @param {HTMLElement} list */
  #draw(list) {
    const question = find(this.#element, ".tag-line + p")
    question.id ||= `question-${this.task}`
    list.setAttribute("role", "radiogroup")
    list.setAttribute("aria-labelledby", question.id)
    for (const [index, choice] of this.#choices.entries()) {
      choice.setAttribute("role", "radio")
      choice.tabIndex = index ? -1 : 0
      choice.addEventListener("click", () => this.#choose(choice))
      choice.addEventListener("keydown", (event) => this.#key(event, index))
    }
    list.after(this.#verdict)
    list.classList.add("live")
    this.#show()
  }

  /**
   * Arrows go through the choices, a space or Enter commits: going past an answer is not giving it.
   * @param {KeyboardEvent} event
   * @param {number} index
   */
  #key(event, index) {
    const step = STEPS[event.key]
    if (step) this.#choices.at((index + step) % this.#choices.length)?.focus()
    else if (event.key === " " || event.key === "Enter") this.#choose(this.#choices[index])
    else return
    event.preventDefault()
  }

  /** @param {HTMLElement} choice */
  #choose(choice) {
    this.#take(choice.dataset.choice ?? null)
    this.#lesson.say(this.#verdict.textContent)
  }

  /** @param {string | null} letter */
  #take(letter, { kept = false } = {}) {
    if (letter === this.answer || (letter && !this.#choices.some((one) => one.dataset.choice === letter))) return
    this.answer = letter
    if (!kept && letter) this.#lesson.store.set("said", this.task, { choice: letter, at: Date.now() })
    if (!kept && !letter) this.#lesson.store.remove("said", this.task)
    const said = letter ? `my_answer = "${letter}"` : "my_answer = ..."
    if (this.#cell && this.#cell.letter !== letter) this.#cell.write(this.#cell.text.replace(COMMITTED, said))
    this.#show()
    this.#lesson.tell()
  }

  #show() {
    const letter = this.answer
    for (const choice of this.#choices) {
      const mine = choice.dataset.choice === letter
      choice.setAttribute("aria-checked", String(mine))
      choice.classList.toggle("right", letter !== null && choice.dataset.choice === this.#right)
      choice.classList.toggle("wrong", mine && letter !== this.#right)
    }
    const first = this.#choices.find((choice) => choice.dataset.choice === letter) ?? this.#choices[0]
    for (const choice of this.#choices) choice.tabIndex = choice === first ? 0 : -1
    this.#verdict.hidden = letter === null
    this.#verdict.classList.toggle("wrong", letter !== this.#right)
    this.#verdict.replaceChildren(...(letter ? this.#judged(letter === this.#right) : []))
    for (const cell of this.#experiments) cell.gate()
    // Where the experiment cannot be run here, its stored output is what there is to see.
    if (letter && this.#experiments.length === 0) findAs(HTMLDetailsElement, this.#element, ".answer").open = true
    if (letter) this.#element.classList.remove("asked-for")
  }

  /** @param {boolean} right */
  #judged(right) {
    const why = /** @type {HTMLElement} */ (find(this.#element, ".why").cloneNode(true))
    why.removeAttribute("class")
    if (right) {
      why.firstChild?.remove() // the letter, "is right"
      const text = why.firstChild
      if (text instanceof Text) text.data = text.data.replace(/^ is right\. */, "")
    }
    why.prepend(make("b", {}, right ? "Right. " : "Not so: "))
    return [why]
  }
}
