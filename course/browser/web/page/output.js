// What a cell gave, drawn where the stored output stood.

import { find, make } from "./dom.js"
import { markdown, rich } from "./rich.js"

/**
 * @import {DataOutput, DocsOutput, ErrorOutput, KeptOutput, MimeBundle, Multiline, Output as Given, StreamOutput}
 *   from "../types.ts"
 */

// How many characters of text one output shows: a page with more is slow to read and to scroll.
const MOST = 200_000

const DOCS = "application/vnd.course.openapi+json"
const PICTURES = ["image/png", "image/jpeg", "image/svg+xml"]

/** The place below a cell's code. It keeps what stood there before the cell was first run. */
export class Output {
  /**
   * nbformat's outputs of the last run, for the export; null as long as the stored ones stand there.
   * @type {KeptOutput[] | null}
   */
  outputs = null
  #place
  #stored
  #fresh = true
  #length = 0
  #docs

  /**
   * @param {HTMLElement} cell
   * @param {(data: DocsOutput) => Node} docs draws an app's documentation
   */
  constructor(cell, docs) {
    this.#docs = docs
    const stored = cell.querySelector(":scope > .cell-output")
    this.#place = stored instanceof HTMLElement ? stored : make("div", { class: "cell-output", hidden: true })
    if (!stored) cell.append(this.#place)
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

  /** @param {Given} output */
  add(output) {
    if (output.output_type === "clear_output") {
      this.outputs = []
      this.#fresh = true // gone when something new comes
      return
    }
    if (this.#fresh) this.#empty()
    if (output.output_type === "stream") this.#stream(output)
    else {
      this.outputs?.push(stored(output))
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

  /** @param {StreamOutput} output */
  #stream({ name, text }) {
    const last = this.outputs?.at(-1)
    if (last?.output_type === "stream" && last.name === name) last.text += text
    else this.outputs?.push({ output_type: "stream", name, text })
    const room = MOST - this.#length
    this.#length += text.length
    if (room <= 0) return
    let block = this.#place.lastElementChild
    if (!block?.matches(`.stream.${name}`)) {
      const code = make("code")
      this.#place.append((block = make("div", { class: `stream ${name}` }, make("pre", {}, code))))
    }
    find(block, "code").append(plain(text.slice(0, room)))
    if (text.length > room)
      this.#place.append(make("p", { class: "output-note" }, "There is more; the page shows no more of it."))
  }

  /** @param {MimeBundle} data */
  #result(data) {
    const docs = data[DOCS]
    if (docs) return this.#docs(docs)
    const { "text/html": html, "text/markdown": text, "text/plain": said = "" } = data
    if (html !== undefined) return rich(joined(html))
    for (const mime of PICTURES) {
      const picture = data[mime]
      if (picture !== undefined) return image(mime, joined(picture), joined(said))
    }
    if (text !== undefined) return markdown(joined(text))
    return textual(plain(joined(said)))
  }
}

/**
 * An output as a notebook keeps it.
 * @param {ErrorOutput | DataOutput} output
 * @returns {KeptOutput}
 */
function stored(output) {
  if (output.output_type === "error") return { ...output }
  const { output_type, data = {}, metadata = {} } = output
  const count = output_type === "execute_result" ? { execution_count: null } : {}
  return { output_type, data, metadata, ...count }
}

/** @param {ErrorOutput} output */
function failure({ ename, evalue, traceback }) {
  const text = traceback?.length ? traceback.join("\n") : evalue ? `${ename}: ${evalue}` : ename
  return textual(plain(text), "cell-error")
}

/** @param {string} text */
function textual(text, kind = "") {
  return make("div", { class: `stream ${kind}`.trim() }, make("pre", {}, make("code", {}, text.replace(/\n$/, ""))))
}

/**
 * @param {string} mime
 * @param {string} content
 * @param {string} alt
 */
function image(mime, content, alt) {
  // An <img> runs no script, whatever the drawing holds.
  const coded = mime === "image/svg+xml" ? `;utf8,${encodeURIComponent(content)}` : `;base64,${content.trim()}`
  return make("figure", {}, make("img", { src: `data:${mime}${coded}`, alt: alt || "A picture from this cell" }))
}

/** @param {Multiline} value */
function joined(value) {
  return Array.isArray(value) ? value.join("") : String(value)
}

/** Text without a terminal's colours. @param {string} text */
function plain(text) {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a colour begins with one
  return text.replace(/\x1b\[[0-9;]*[A-Za-z]/g, "")
}
