// Predictions: choices are clicked, and judged at once; only when all are answered can the experiment be run.

import { elements, find, findAs, make } from "./dom.js"

/** @import {Said} from "../types.ts" */
/** @import {Cell} from "./cell.js" */
/** @import {Lesson} from "./editable.js" */

const LETTER = /(?:\.\.\.|["']\w["'])/.source
const COMMITTED = new RegExp(`^(my_answers? = )${LETTER}(?:, *${LETTER})*`, "m")

/** @type {Record<string, number>} how far a key leads */
const STEPS = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }

/** One task: a prediction, or several questions with one cell for the answers and one for the outcomes. */
export class Prediction {
  task
  questions
  #element
  #lesson
  #cell
  #experiments

  /**
   * @param {HTMLElement} element the whole task
   * @param {Lesson} lesson
   */
  constructor(element, lesson) {
    this.#element = element
    this.#lesson = lesson
    this.task = element.dataset.task ?? ""
    const cells = lesson.cells.filter((cell) => element.contains(cell.element))
    const answers = cells.find((cell) => cell.role === "answer")
    this.#cell = answers
    this.#experiments = cells.filter((cell) => cell.role === "experiment")
    for (const cell of cells) cell.prediction = this
    const several = elements(element.querySelectorAll(".question"))
    this.questions = (several.length ? several : [element]).map(
      (one) => new Question(one, element, lesson, () => this.#answered()),
    )
    answers?.addEventListener("edit", () => {
      for (const [index, letter] of answers.letters.entries()) this.questions[index]?.take(letter)
    })
    this.#answered()
  }

  /** Whether all that is asked here has an answer. */
  get answered() {
    return this.questions.every((one) => one.answer)
  }

  /** The reader wants to run the experiment and has not answered yet. */
  ask() {
    const open = this.questions.filter((one) => !one.answer)
    for (const one of open) one.mark()
    open[0]?.focus()
    this.#lesson.say(
      this.questions.length > 1
        ? "Choose first: one answer to each question."
        : "Predict first: choose one of these answers.",
    )
  }

  /** Before the experiment runs: the variable that its check reads has to hold the answer. @param {Cell} cell */
  async commit(cell) {
    if (cell.role === "experiment" && this.#cell && !this.#cell.fresh) await this.#cell.run()
  }

  #answered() {
    const said = this.questions.map((one) => (one.answer ? `"${one.answer}"` : "...")).join(", ")
    const cell = this.#cell
    if (cell && this.questions.some((one, index) => one.answer !== (cell.letters[index] ?? null))) {
      cell.write(cell.text.replace(COMMITTED, `$1${said}`))
    }
    for (const cell of this.#experiments) cell.gate()
    // Where the experiment cannot be run here, its stored output is what there is to see.
    if (this.answered && this.#experiments.length === 0)
      findAs(HTMLDetailsElement, this.#element, ".answer").open = true
  }
}

/** One question with its choices. */
class Question {
  /** @type {string | null} the letter that the reader chose */
  answer = null
  task
  #element
  #lesson
  /** @type {(() => void) | null} */
  #told = null
  #choices
  #right
  #why
  #verdict = make("div", { class: "verdict", hidden: true })

  /**
   * @param {HTMLElement} element holds the question and its choices
   * @param {HTMLElement} whole the task that it belongs to
   * @param {Lesson} lesson
   * @param {() => void} told called when it was answered, or the answer was taken back
   */
  constructor(element, whole, lesson, told) {
    this.#element = element
    this.#lesson = lesson
    this.task = element.dataset.question ?? element.dataset.task ?? ""
    this.#right = element.dataset.answer
    this.#why = find(whole, `.why[data-question="${this.task}"]`)
    const list = find(element, ".choices")
    this.#choices = elements(list.children)
    this.#draw(list)
    this.take(lesson.store.get("said", this.task)?.choice ?? null, { kept: true })
    this.#told = told // the task is not whole before
  }

  /** Another tab has answered, or forgotten the answer. @param {Said | null} said */
  receive(said) {
    this.take(said?.choice ?? null, { kept: true })
  }

  focus() {
    this.#choices.find((choice) => choice.tabIndex === 0)?.focus()
  }

  /** Show that this has to be answered first. */
  mark() {
    this.#element.classList.add("asked-for")
  }

  /** @param {HTMLElement} list */
  #draw(list) {
    const question = find(this.#element, ".tag-line + p, :scope > p:first-child:not(.tag-line)")
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
    this.take(choice.dataset.choice ?? null)
    this.#lesson.say(this.#verdict.textContent)
  }

  /** @param {string | null} letter */
  take(letter, { kept = false } = {}) {
    if (letter === this.answer || (letter && !this.#choices.some((one) => one.dataset.choice === letter))) return
    this.answer = letter
    if (!kept && letter) this.#lesson.store.set("said", this.task, { choice: letter, at: Date.now() })
    if (!kept && !letter) this.#lesson.store.remove("said", this.task)
    this.#show()
    this.#told?.()
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
    if (letter) this.#element.classList.remove("asked-for")
  }

  /** @param {boolean} right */
  #judged(right) {
    const why = /** @type {HTMLElement} */ (this.#why.cloneNode(true))
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
