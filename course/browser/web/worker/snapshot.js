// A copy of the interpreter's memory, made small.
//
// Pages are kept in one of four ways, by what a fresh interpreter has in the same place: it brings three
// megabytes of constants of its own, which need not be loaded twice.

/** @import {Bytes} from "../types.ts" */
/** @import {SnapshotConfig} from "./types.ts" */

/** @typedef {(page: number) => number} KindOf how a page is kept */

const PAGE = 4096
const WORDS = PAGE / 4
const HEAD = 16

/** How a page is kept. */
const EMPTY = 0
const WHOLE = 1
const SAME = 2 // as a fresh interpreter has it
const DIFFERENCE = 3 // to that, by exclusive or: mostly zeros, which compress well

/**
 * The stored form begins with four numbers: bytes of memory, bytes of Pyodide's own header, a sum over what
 * was taken to be the same, and that header's room. Pyodide's header follows, then two bits a page, the pages.
 */
export class Snapshot {
  /** @param {Uint8Array} bytes as `pack` made them */
  constructor(bytes) {
    const [memory, used, sum, room] = new Uint32Array(bytes.buffer, bytes.byteOffset, 4)
    /** Bytes of memory that are restored. */
    this.memory = memory
    /** Bytes of memory that may hold something before; the rest is all zero. Whoever grows it says so. */
    this.used = memory
    this.sum = sum
    const header = bytes.subarray(HEAD, HEAD + used)
    const length = new DataView(header.buffer, header.byteOffset).getUint32(8, true)
    /** @type {SnapshotConfig} */
    this.config = JSON.parse(new TextDecoder().decode(header.subarray(48, 48 + length)))
    const pages = memory / PAGE
    const map = HEAD + room
    this.map = bytes.subarray(map, map + pages / 4)
    this.pages = bytes.subarray(map + aligned(pages / 4))
  }

  /**
   * @param {Uint8Array} target memory of an interpreter that has run nothing yet
   * @throws {Error} that interpreter is another than the snapshot's
   */
  copyInto(target) {
    const words = new Uint32Array(target.buffer, target.byteOffset, this.memory / 4)
    const source = new Uint32Array(this.pages.buffer, this.pages.byteOffset, this.pages.length >> 2)
    const count = this.memory / PAGE
    /** @type {KindOf} */
    const kind = (page) => kindOf(this.map, page)
    if (sumOf(words, kind, count) !== this.sum) throw new Error("the memory is that of another interpreter")
    let taken = 0
    for (let page = 0; page < count; ) {
      const how = kind(page)
      let end = page + 1
      while (end < count && kind(end) === how) end++
      const [from, to] = [page * WORDS, end * WORDS]
      if (how === EMPTY) {
        words.fill(0, from, Math.max(from, Math.min(to, this.used >> 2)))
      } else if (how === WHOLE) {
        words.set(source.subarray(taken, taken + to - from), from)
      } else if (how === DIFFERENCE) {
        for (let at = from, next = taken; at < to; ) words[at++] ^= source[next++]
      }
      if (how === WHOLE || how === DIFFERENCE) taken += to - from
      page = end
    }
  }

  /**
   * @param {Uint8Array} whole as Pyodide makes it
   * @param {Uint8Array[]} fresh the memory of interpreters that have run nothing; only what they share counts
   * @returns {Bytes}
   */
  static pack(whole, fresh) {
    const start = new DataView(whole.buffer, whole.byteOffset).getUint32(4, true)
    const memory = whole.slice(start)
    const words = new Uint32Array(memory.buffer)
    const [first, ...others] = fresh.map((each) => new Uint32Array(each.buffer))
    const count = memory.length / PAGE
    const map = new Uint8Array(count / 4)
    /** @type {Uint32Array<ArrayBuffer>[]} */
    const kept = []
    for (let page = 0; page < count; page++) {
      const range = /** @type {const} */ ([page * WORDS, (page + 1) * WORDS])
      const content = words.slice(...range)
      const before = first.slice(...range)
      const comparable =
        before.length === WORDS && before.some(Boolean) && others.every((each) => equal(before, each.slice(...range)))
      const changed = content.map((word, index) => word ^ (comparable ? before[index] : 0))
      let how = content.some(Boolean) ? WHOLE : EMPTY
      if (comparable && !changed.some(Boolean)) how = SAME
      else if (comparable && zeros(changed) > zeros(content)) how = DIFFERENCE
      map[page >> 2] |= how << (2 * (page & 3))
      if (how === WHOLE) kept.push(content)
      if (how === DIFFERENCE) kept.push(changed)
    }
    // Words are read in place, so pages begin at a multiple of four.
    const room = aligned(start)
    const packed = new Uint8Array(HEAD + room + aligned(map.length) + kept.length * PAGE)
    const sum = sumOf(first, (page) => kindOf(map, page), count)
    new Uint32Array(packed.buffer, 0, 4).set([memory.length, start, sum, room])
    packed.set(whole.subarray(0, start), HEAD)
    packed.set(map, HEAD + room)
    const pages = HEAD + room + aligned(map.length)
    for (const [index, content] of kept.entries()) packed.set(new Uint8Array(content.buffer), pages + index * PAGE)
    return packed
  }
}

/** @param {number} size */
const aligned = (size) => (size + 3) & ~3
/** @type {(map: Uint8Array, page: number) => number} */
const kindOf = (map, page) => (map[page >> 2] >> (2 * (page & 3))) & 3
/** @param {Uint32Array} words */
const zeros = (words) => words.reduce((count, word) => count + Number(word === 0), 0)
/** @type {(some: Uint32Array, other: Uint32Array) => boolean} */
const equal = (some, other) => some.length === other.length && some.every((word, index) => word === other[index])

/**
 * A sum over the pages that are taken from a fresh interpreter.
 * @param {Uint32Array} words
 * @param {KindOf} kind
 * @param {number} count how many pages there are
 */
function sumOf(words, kind, count) {
  let sum = 0
  for (let page = 0; page < count; page++) {
    if (kind(page) < SAME) continue
    for (let at = page * WORDS; at < (page + 1) * WORDS; at++) sum = (Math.imul(sum, 31) + words[at]) | 0
  }
  return sum >>> 0
}
