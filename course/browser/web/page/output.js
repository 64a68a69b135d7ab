// What a cell gave, drawn where the stored output stood.

import { make } from "./dom.js"
import { markdown, rich } from "./rich.js"

// How many characters of text one output shows: a page with more is slow to read and to scroll.
const MOST = 200_000

const DOCS = "application/vnd.course.openapi+json"
const PICTURES = ["image/png", "image/jpeg", "image/svg+xml"]

/** The place below a cell's code. It keeps what stood there before the cell was first run. */
export class Output {
  /** nbformat's outputs of the last run, for the export; null as long as the stored ones stand there. */
  outputs = null
  #place
  #stored
  #fresh = true
  #length = 0
  #docs

  /**
   * @param {HTMLElement} cell
   * @param {(data: object) => Node} docs draws an app's documentation
   */
  constructor(cell, docs) {
    this.#docs = docs
    this.#place = cell.querySelector(":scope > .cell-output")
    if (!this.#place) cell.append((this.#place = make("div", { class: "cell-output", hidden: true })))
    this.#stored = [...this.#place.childNodes]
    this.#place.classList.add("live")
  }

  get element() {
    return this.#place
  }

  /** A run begins. What stands there goes when there is something new, so that nothing jumps meanwhile. */
  begin() {
    this.outputs = []
    this.#fresh = true
  }

  /** @param {object} output one of nbformat's outputs */
  add(output) {
    if (output.output_type === "clear_output") {
      this.outputs = []
      this.#fresh = true // gone when something new comes
      return
    }
    if (this.#fresh) this.#empty()
    if (output.output_type === "stream") this.#stream(output)
    else {
      this.outputs.push(stored(output))
      this.#place.append(output.output_type === "error" ? failure(output) : this.#result(output.data ?? {}))
    }
    this.#place.hidden = false
  }

  /** The run is over. */
  end() {
    if (this.#fresh) this.#empty()
  }

  /** Put back what the page came with. */
  restore() {
    this.outputs = null
    this.#place.replaceChildren(...this.#stored)
    this.#place.hidden = this.#stored.length === 0
  }

  /** What a screen reader is told of the output: its head, not all of it. */
  summary() {
    const head = this.#place.querySelectorAll(".course-headline, .course-response > b, .cell-error")
    const said = head.length ? [...head].map((one) => one.textContent) : [this.#place.textContent]
    return said.join(". ").trim().replace(/\s+/g, " ").slice(0, 200)
  }

  #empty() {
    this.#fresh = false
    this.#length = 0
    this.#place.replaceChildren()
    this.#place.hidden = true
  }

  #stream({ name, text }) {
    const last = this.outputs.at(-1)
    if (last?.output_type === "stream" && last.name === name) last.text += text
    else this.outputs.push({ output_type: "stream", name, text })
    const room = MOST - this.#length
    this.#length += text.length
    if (room <= 0) return
    let block = this.#place.lastElementChild
    if (!block?.matches(`.stream.${name}`)) {
      const code = make("code")
      this.#place.append((block = make("div", { class: `stream ${name}` }, make("pre", {}, code))))
    }
    block.querySelector("code").append(plain(text.slice(0, room)))
    if (text.length > room)
      this.#place.append(make("p", { class: "output-note" }, "There is more; the page shows no more of it."))
  }

  #result(data) {
    if (data[DOCS]) return this.#docs(data[DOCS])
    const has = (mime) => data[mime] !== undefined
    if (has("text/html")) return rich(joined(data["text/html"]))
    const picture = PICTURES.find(has)
    if (picture) return image(picture, joined(data[picture]), joined(data["text/plain"] ?? ""))
    if (has("text/markdown")) return markdown(joined(data["text/markdown"]))
    return textual(plain(joined(data["text/plain"] ?? "")))
  }
}

/** An output as a notebook keeps it. */
function stored(output) {
  if (output.output_type === "error") return { ...output }
  const { output_type, data = {}, metadata = {} } = output
  const count = output_type === "execute_result" ? { execution_count: null } : {}
  return { output_type, data, metadata, ...count }
}

function failure({ ename, evalue, traceback }) {
  const text = traceback?.length ? traceback.join("\n") : evalue ? `${ename}: ${evalue}` : ename
  return textual(plain(text), "cell-error")
}

function textual(text, kind = "") {
  return make("div", { class: `stream ${kind}`.trim() }, make("pre", {}, make("code", {}, text.replace(/\n$/, ""))))
}

function image(mime, content, alt) {
  // An <img> runs no script, whatever the drawing holds.
  const coded = mime === "image/svg+xml" ? `;utf8,${encodeURIComponent(content)}` : `;base64,${content.trim()}`
  return make("figure", {}, make("img", { src: `data:${mime}${coded}`, alt: alt || "A picture from this cell" }))
}

function joined(value) {
  return Array.isArray(value) ? value.join("") : String(value)
}

/** Text without a terminal's colours. */
function plain(text) {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a colour begins with one
  return text.replace(/\x1b\[[0-9;]*[A-Za-z]/g, "")
}
