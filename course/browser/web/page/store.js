// What the reader has written, answered and done, kept in this browser.
//
// One entry for each cell and each task: two tabs never write over each other's, and what is written last in
// one cell stays. Texts are short, so localStorage does, and it can be written while a page is closing.

/** @import {Change, Kept, Tells} from "../types.ts" */

const VERSION = 1
/** @type {(keyof Kept)[]} */
export const KINDS = ["cell", "said", "done", "hint"]

/** @typedef {{change: CustomEvent<Change>, refused: Event}} StoreEvents */

/** Tells of changes made in other tabs by "change", and by "refused". */
export class Store extends /** @type {new () => Tells<StoreEvents>} */ (EventTarget) {
  #storage
  /** @type {Map<string, string>} */
  #memory = new Map()
  #prefix

  /**
   * @param {string} site the site's address: sites that share a host share nothing else
   * @param {string} lesson its slug
   */
  constructor(site, lesson) {
    super()
    this.#prefix = `${start(site)}${lesson}:`
    this.#storage = storage()
    addEventListener("storage", (event) => this.#heard(event))
  }

  /** Whether anything outlives this page. */
  get keeps() {
    return Boolean(this.#storage)
  }

  /**
   * @template {keyof Kept} Kind
   * @param {Kind} kind
   * @param {string} key
   * @returns {Kept[Kind] | null}
   */
  get(kind, key) {
    return parsed(this.#read(`${this.#prefix}${kind}:${key}`))
  }

  /**
   * @template {keyof Kept} Kind
   * @param {Kind} kind
   * @param {string} key
   * @param {Kept[Kind]} value
   * @returns {boolean} whether it outlives this page
   */
  set(kind, key, value) {
    return this.#write(`${this.#prefix}${kind}:${key}`, JSON.stringify(value))
  }

  /**
   * @param {keyof Kept} kind
   * @param {string} key
   */
  remove(kind, key) {
    this.#memory.delete(`${this.#prefix}${kind}:${key}`)
    this.#storage?.removeItem(`${this.#prefix}${kind}:${key}`)
  }

  /**
   * All entries of a kind, by key.
   * @template {keyof Kept} Kind
   * @param {Kind} kind
   * @returns {Map<string, Kept[Kind]>}
   */
  all(kind) {
    const begin = `${this.#prefix}${kind}:`
    const names = new Set([...Object.keys(this.#storage ?? {}), ...this.#memory.keys()])
    const found = new Map()
    for (const name of names) {
      const value = name.startsWith(begin) ? parsed(this.#read(name)) : null
      if (value) found.set(name.slice(begin.length), value)
    }
    return found
  }

  /** Forget all of this lesson. */
  clear() {
    for (const kind of KINDS) for (const key of this.all(kind).keys()) this.remove(kind, key)
  }

  /** @param {string} name */
  #read(name) {
    return this.#memory.get(name) ?? this.#storage?.getItem(name) ?? null
  }

  /**
   * @param {string} name
   * @param {string} text
   */
  #write(name, text) {
    if (this.#storage) {
      try {
        this.#storage.setItem(name, text)
        this.#memory.delete(name)
        return true
      } catch {
        // Full. What is written stays as long as this page does, and the reader is told.
        this.dispatchEvent(new Event("refused"))
      }
    }
    this.#memory.set(name, text)
    return false
  }

  /** @param {StorageEvent} event */
  #heard({ key, newValue, storageArea }) {
    if (storageArea !== this.#storage) return
    if (key === null) return this.dispatchEvent(new CustomEvent("change", { detail: { kind: "all" } }))
    if (!key.startsWith(this.#prefix)) return
    const [kind, ...rest] = key.slice(this.#prefix.length).split(":")
    this.dispatchEvent(new CustomEvent("change", { detail: { kind, key: rest.join(":"), value: parsed(newValue) } }))
  }
}

/** The lessons of a site of which this browser keeps something, by their slugs. @param {string} site */
export function lessonsKept(site) {
  const names = Object.keys(storage() ?? {}).filter((name) => name.startsWith(start(site)))
  return [...new Set(names.map((name) => name.slice(start(site).length).split(":")[0]))].sort()
}

/** @param {string} site */
const start = (site) => `course${VERSION}:${new URL(site).pathname}:`

export function storage() {
  try {
    const probe = "course:probe"
    localStorage.setItem(probe, "1")
    localStorage.removeItem(probe)
    return localStorage
  } catch {
    return null // refused by the browser's settings, or by a frame
  }
}

/** What another version, or a person, wrote there counts as nothing. @param {string | null} text */
function parsed(text) {
  try {
    const value = JSON.parse(text ?? "null")
    return value && typeof value === "object" ? value : null
  } catch {
    return null
  }
}
