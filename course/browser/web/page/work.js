// A reader's work as one file: what "Hand in" saves and "Continue here" reads. docs/contributing.md says what is in it.
//
// Going together is done piece by piece: a text, an answer, a mark. The newer stays, wherever it comes from.

import { KINDS, Store, lessonsKept, storage } from "./store.js"
import { lines } from "./notebook.js"
import { Damaged, unzipped, zipped } from "./zip.js"

/** @import {Bytes, Edit, Kept, Manifest, Multiline, Places, WorkOfLesson} from "../types.ts" */
/** @import {Entry} from "./zip.js" */

export const MANIFEST = "course-work.json"
const FOLDER = "workspace"
const VERSION = 1
const MOST = 5_000_000 // bytes of one file in it
const WHOLE = 50_000_000

const READ_ME = `This is work of the course "FastAPI by running it".

The notebooks and apps are in the folder ${FOLDER}. ${MANIFEST} says when each piece was written, what was
predicted, which hints were taken and what is done.

To go on in another browser: open the course there and choose this file at "Continue here".
To go on at a desk: python3 run.py continue FILE
To see where a class stands: put it into one folder with the others, then python3 run.py class FOLDER
`

/**
 * @typedef {{[Kind in keyof Kept]: {slug: string, kind: Kind, key: string, value: Kept[Kind]}}[keyof Kept]} Piece
 */

/** What is told of a file that was read. */
export class Outcome {
  /** @type {Piece[]} what is here now, and was not or was older */ taken = []
  /** @type {Piece[]} of these: what they took the place of */ replaced = []
  /** @type {Piece[]} what is newer here, and stays */ stayed = []
  /** @type {string[]} lessons that this course does not have */ unknown = []
  /** How much the file tells of that is not in it. */
  missing = 0
  /** How much does not outlive this page, as the browser has no room. */
  refused = 0
  /** Whose it is, as far as the file tells. */
  name = ""
}

export class Work {
  #site
  #slug
  /** @type {Map<string, Store>} */
  #stores = new Map()

  /**
   * @param {string} site its address
   * @param {{slug: string, store: Store}} [own] the lesson of the page: its store may know what no browser keeps
   */
  constructor(site, own) {
    this.#site = site
    this.#slug = own?.slug
    if (own) this.#stores.set(own.slug, own.store)
  }

  /** Whether anything of other lessons can be kept here. */
  get keeps() {
    return storage() !== null
  }

  /** The lessons of which there is something. */
  get lessons() {
    const known = new Set([...lessonsKept(this.#site), ...(this.#slug ? [this.#slug] : [])])
    return [...known].filter((slug) => this.#pieces(slug).length).sort()
  }

  /** All that there is. */
  get pieces() {
    return this.lessons.flatMap((slug) => this.#pieces(slug))
  }

  /**
   * All of it as a file.
   * @param {string} name whose it is
   * @returns {Promise<Blob>}
   * @throws {Error} the lessons' notebooks cannot be had
   */
  async pack(name) {
    /** @type {Manifest} */
    const manifest = { format: "course-work", version: VERSION, name, saved: iso(Date.now()), lessons: {} }
    /** @type {Entry[]} */
    const files = []
    for (const slug of this.lessons) {
      const [of, ...entries] = await this.#packed(slug)
      manifest.lessons[slug] = of
      files.push(...entries)
    }
    const at = Date.now()
    const told = [
      { name: MANIFEST, bytes: encoded(`${JSON.stringify(manifest, null, 1)}\n`), at },
      { name: "read-me.txt", bytes: encoded(READ_ME), at },
    ]
    return await zipped([...told, ...files])
  }

  /**
   * @param {string} slug
   * @returns {Promise<[WorkOfLesson, ...Entry[]]>}
   */
  async #packed(slug) {
    /** @type {Places | null} */
    const places = await this.#asked(`${slug}.work.json`)
    /** @type {{cells: Cell[]} | null} */
    const notebook = places && (await this.#asked(`${slug}.ipynb`))
    const code = notebook?.cells.filter((cell) => cell.cell_type === "code") ?? []
    for (const cell of code) Object.assign(cell, { outputs: [], execution_count: null }) // nobody has seen these
    /** @type {WorkOfLesson} */
    const of = { texts: {}, predictions: {}, hints: {}, done: {} }
    /** @type {Entry[]} */
    const entries = []
    let newest = 0
    for (const { kind, key, value } of this.#pieces(slug)) {
      const at = iso(value.at)
      if (kind === "said") of.predictions[key] = { at, choice: value.choice }
      else if (kind === "hint") of.hints[key] = { at, count: value.count }
      else if (kind === "done") of.done[key] = { at }
      else {
        const { text, hash, number } = value
        const place = places?.[key]
        const cell = typeof place === "number" ? code[place - 1] : undefined
        if (cell?.id) cell.source = lines(text)
        if (typeof place === "string") entries.push(file(slug, place, text, value.at))
        of.texts[key] =
          typeof place === "string"
            ? { at, hash, number, file: place }
            : cell?.id
              ? { at, hash, number, cell: cell.id }
              : { at, hash, number, text }
        if (typeof place === "string") continue
      }
      newest = Math.max(newest, value.at)
    }
    if (notebook && newest) {
      entries.unshift(file(slug, `${slug}.ipynb`, `${JSON.stringify(notebook, null, 1)}\n`, newest))
    }
    return [of, ...entries]
  }

  /**
   * Read such a file, and take what is new or newer in it. Where anything of it is damaged, nothing is taken.
   * @param {File} file
   * @returns {Promise<Outcome>}
   * @throws {Damaged} it is none; the message says so to a reader
   */
  async merge(file) {
    const outcome = new Outcome()
    const [name, pieces] = await read(file, outcome)
    outcome.name = name
    const slugs = new Set(pieces.map(({ slug }) => slug))
    for (const slug of slugs) if (!(await this.#has(slug))) outcome.unknown.push(slug)
    for (const piece of pieces) if (!outcome.unknown.includes(piece.slug)) this.#merge(piece, outcome)
    return outcome
  }

  /** Give back what a merge has replaced, and nothing of what it has brought. @param {Outcome} outcome */
  takeBack({ taken, replaced }) {
    for (const { slug, kind, key } of taken) this.#store(slug).remove(kind, key)
    for (const { slug, kind, key, value } of replaced) this.#store(slug).set(kind, key, value)
  }

  /**
   * @param {Piece} piece
   * @param {Outcome} outcome
   */
  #merge(piece, outcome) {
    const { slug, kind, key } = piece
    const store = this.#store(slug)
    const here = /** @type {Piece | null} */ (store.get(kind, key) && { slug, kind, key, value: store.get(kind, key) })
    if (here && !differs(here, piece)) return
    if (here && !newer(piece, here)) return outcome.stayed.push(piece)
    if (here) outcome.replaced.push(here)
    outcome.taken.push(piece)
    if (!store.set(kind, key, piece.value)) outcome.refused += 1
  }

  /** @param {string} slug @returns {Piece[]} */
  #pieces(slug) {
    const store = this.#store(slug)
    return KINDS.flatMap((kind) =>
      [...store.all(kind)].map(([key, value]) => /** @type {Piece} */ ({ slug, kind, key, value })),
    )
  }

  /** @param {string} slug */
  #store(slug) {
    const store = this.#stores.get(slug) ?? new Store(this.#site, slug)
    this.#stores.set(slug, store)
    return store
  }

  /** Whether the course has this lesson; offline that is taken for granted. @param {string} slug */
  async #has(slug) {
    if (this.#slug === slug) return true
    try {
      return (await this.#asked(`${slug}.work.json`)) !== null
    } catch {
      return true
    }
  }

  /**
   * A file that the site has of its lessons, read as JSON; null if it has none.
   * @param {string} name
   */
  async #asked(name) {
    const answer = await fetch(new URL(`lessons/${name}`, this.#site))
    if (answer.status === 404) return null
    if (!answer.ok) throw new Error(`the site answers ${answer.status} for ${name}`)
    return await answer.json()
  }
}

/** @typedef {{id?: string, cell_type: string, source: Multiline}} Cell */

/**
 * Whether two pieces of the same place say different things.
 * @param {Piece} here
 * @param {Piece} there
 */
function differs({ value: here }, { value: there }) {
  if ("text" in here && "text" in there) return here.text !== there.text
  if ("choice" in here && "choice" in there) return here.choice !== there.choice
  if ("count" in here && "count" in there) return here.count < there.count // hints that were read stay read
  return here.at > there.at // a task is done since it was done first
}

/**
 * @param {Piece} piece
 * @param {Piece} than
 */
function newer(piece, than) {
  return piece.kind === "done" || piece.kind === "hint" || piece.value.at > than.value.at
}

// Reading

/**
 * @param {File} file
 * @param {Outcome} outcome
 * @returns {Promise<[name: string, Piece[]]>}
 */
async function read(file, outcome) {
  if (file.size > WHOLE) throw new Damaged(`It is bigger than ${WHOLE / 1e6} MB.`)
  const bytes = new Uint8Array(await file.arrayBuffer())
  if (bytes[0] === 0x7b) throw new Damaged("It is a single notebook, or another text: choose the ZIP file.")
  const files = unzipped(bytes, MOST)
  // Who unpacks it and packs it again may have put a folder around it.
  const names = [...files.keys()].filter((name) => name === MANIFEST || name.endsWith(`/${MANIFEST}`))
  const [found] = names.filter((name) => !name.startsWith("__MACOSX/")).sort((a, b) => a.length - b.length)
  if (!found) throw new Damaged("It is a ZIP file of something else.")
  const root = found.slice(0, -MANIFEST.length)
  /** @param {string} name */
  const content = async (name) => {
    const bytes = await files.get(name)?.()
    return bytes ? new TextDecoder().decode(bytes) : null
  }
  const manifest = /** @type {Manifest} */ (json(await content(found), MANIFEST))
  if (manifest?.format !== "course-work") throw new Damaged(`${MANIFEST} in it is of something else.`)
  if (!(manifest.version <= VERSION)) {
    throw new Damaged("It was saved by a newer version of the course: reload this page, then try again.")
  }
  /** @type {Piece[]} */
  const pieces = []
  for (const [slug, of] of pairs(manifest.lessons)) {
    if (!/^\d\d-[\w-]{1,60}$/.test(slug)) throw new Damaged(`${MANIFEST} in it is damaged.`)
    const folder = `${root}${FOLDER}/${slug}/`
    const notebook = await content(`${folder}${slug}.ipynb`)
    /** @type {Cell[]} */
    const cells = notebook === null ? [] : (json(notebook, `${slug}.ipynb`)?.cells ?? [])
    for (const [key, { at, hash, number, ...place }] of pairs(of?.texts)) {
      const cell = cells.find(({ id }) => id !== undefined && id === place.cell)
      const text = cell
        ? [cell.source].flat().join("")
        : place.file
          ? await content(`${folder}${place.file}`)
          : (place.text ?? null)
      if (typeof text !== "string") outcome.missing += 1
      else {
        const value = /** @type {Edit} */ ({ text, hash: String(hash), number: Number(number) || 0, at: moment(at) })
        pieces.push({ slug, kind: "cell", key, value })
      }
    }
    for (const [key, { at, choice }] of pairs(of?.predictions)) {
      if (/^\w$/.test(choice)) pieces.push({ slug, kind: "said", key, value: { choice, at: moment(at) } })
    }
    for (const [key, { at }] of pairs(of?.done)) {
      pieces.push({ slug, kind: "done", key, value: { at: moment(at) } })
    }
    for (const [key, { at, count }] of pairs(of?.hints)) {
      if (Number(count) > 0) {
        pieces.push({ slug, kind: "hint", key, value: { count: Number(count), at: moment(at) } })
      }
    }
  }
  return [typeof manifest.name === "string" ? manifest.name : "", pieces]
}

/**
 * What an object has by its keys; nothing where there is none, or where the keys are not ours.
 * @template Value
 * @param {Record<string, Value> | undefined} object
 * @returns {[string, Value][]}
 */
function pairs(object) {
  const found = Object.entries(object && typeof object === "object" ? object : {})
  return found.filter(([key, value]) => /^[\w.-]{1,80}$/.test(key) && value && typeof value === "object")
}

/** A date that is none counts as long ago; one to come, by a clock that is wrong, as now. @param {string} at */
function moment(at) {
  return Math.min(Date.parse(at) || 0, Date.now())
}

/**
 * @param {string | null} text
 * @param {string} name
 */
function json(text, name) {
  try {
    return JSON.parse(text ?? "")
  } catch {
    throw new Damaged(`${name} in it is damaged.`)
  }
}

// Writing

/**
 * @param {string} slug
 * @param {string} name
 * @param {string} text
 * @param {number} at
 * @returns {Entry}
 */
function file(slug, name, text, at) {
  return { name: `${FOLDER}/${slug}/${name}`, bytes: encoded(text), at }
}

/** @param {string} text @returns {Bytes} */
function encoded(text) {
  return new TextEncoder().encode(text)
}

/** @param {number} at */
function iso(at) {
  return new Date(Number.isFinite(at) ? at : 0).toISOString()
}
