// Fetching the parts of the runtime: counted, unpacked while they come, and checked by hash.

import { messageOf } from "./errors.js"

/** @import {Bytes, Loading, Part, Purpose} from "../types.ts" */

/** A part that could not be had. */
export class DownloadError extends Error {
  name = "DownloadError"
}

/** A part that came, and is not what was built: the browser's cache may hold it for long. */
export class DamagedError extends DownloadError {
  damaged = true

  /**
   * @param {string} file
   * @param {string} what is wrong with it
   */
  constructor(file, what) {
    super(`${file} came damaged: ${what}`)
  }
}

/** @typedef {Omit<Loading, "type"> & {file: string}} Progress how far a file is */

export class Downloads {
  /**
   * @param {string} base address of the folder with the parts
   * @param {Record<string, Part>} parts
   * @param {(message: Loading) => void} tell takes the messages "loading"
   * @param {boolean} [anew] whether to leave the browser's cache aside: what is in it may be damaged
   */
  constructor(base, parts, tell, anew = false) {
    this.base = base
    this.parts = parts
    this.tell = tell
    /** @type {RequestCache} */
    this.cache = anew ? "reload" : "default"
    /** @type {Map<string, Promise<void>>} checks by part, which run while the interpreter starts; see `verified` */
    this.checks = new Map()
    /** @type {Set<string>} parts that could not be had when an import wanted them */
    this.failed = new Set()
    /** @type {Record<string, Progress>} by address */
    this.loaded = {}
    this.watchSources()
  }

  /** Only when an answer is whole does the browser tell where it came from. */
  watchSources() {
    /** @param {PerformanceResourceTiming[]} entries */
    const note = (entries) => {
      for (const { name, transferSize } of entries) {
        const file = this.loaded[name]
        if (file && transferSize === 0 && file.from !== "cache") this.note({ ...file, from: "cache" })
      }
    }
    // These are all of that type, as asked for.
    const all = (/** @type {PerformanceObserverEntryList} */ list) =>
      /** @type {PerformanceResourceTiming[]} */ (list.getEntries())
    new PerformanceObserver((list) => note(all(list))).observe({ type: "resource", buffered: true })
  }

  /** Tell how far a kind of parts is: the sum over its files. @param {Progress} file */
  note(file) {
    this.loaded[this.base + file.file] = file
    const alike = Object.values(this.loaded).filter(({ what }) => what === file.what)
    const sum = (/** @type {"loaded" | "total"} */ key) => alike.reduce((result, each) => result + each[key], 0)
    const from = alike.some((each) => each.from === "network") ? "network" : "cache"
    this.tell({ type: "loading", what: file.what, loaded: sum("loaded"), total: sum("total"), from })
  }

  /**
   * Resolves when these parts, as far as they were fetched, are what was built.
   * @param {string[]} names
   * @throws {DownloadError}
   */
  async verified(names) {
    await Promise.all(names.map((name) => this.checks.get(name)))
  }

  /**
   * A part as a stream of its unpacked bytes.
   * @param {string} name
   * @param {Purpose} what
   * @returns {Promise<ReadableStream<Bytes>>}
   */
  async stream(name, what) {
    const part = this.parts[name]
    const body = await this.body(part)
    return body.pipeThrough(this.counter(name, what)).pipeThrough(new DecompressionStream("gzip"))
  }

  /**
   * A part in one piece.
   * @param {string} name
   * @param {Purpose} what
   * @returns {Promise<Bytes>}
   */
  async bytes(name, what) {
    const { file, size } = this.parts[name]
    const whole = new Uint8Array(size)
    let at = 0
    try {
      for await (const piece of chunks(await this.stream(name, what))) {
        whole.set(piece, at)
        at += piece.length
      }
    } catch (error) {
      throw error instanceof DownloadError ? error : new DamagedError(file, messageOf(error))
    }
    if (at !== size) throw new DamagedError(file, `${at} of ${size} bytes`)
    return whole
  }

  /**
   * A part compiled while it comes.
   * @param {string} name
   * @param {Purpose} what
   * @returns {Promise<WebAssembly.Module>}
   */
  async module(name, what) {
    const headers = { "content-type": "application/wasm" }
    try {
      return await WebAssembly.compileStreaming(new Response(await this.stream(name, what), { headers }))
    } catch (error) {
      if (error instanceof DownloadError || error instanceof RangeError) throw error
      throw new DamagedError(this.parts[name].file, messageOf(error))
    }
  }

  /**
   * A part as it is stored, at once: for an import that cannot wait otherwise.
   * @param {string} name
   * @returns {Uint8Array}
   */
  now(name) {
    const { file, bytes } = this.parts[name]
    const request = new XMLHttpRequest()
    request.open("GET", this.base + file, false)
    request.responseType = "arraybuffer"
    if (this.failed.has(name)) request.setRequestHeader("cache-control", "no-cache")
    this.failed.add(name)
    try {
      request.send()
    } catch {
      throw new DownloadError(`${file} could not be fetched`)
    }
    if (request.status !== 200) throw new DownloadError(`${file} could not be fetched: ${request.status}`)
    const content = new Uint8Array(request.response)
    if (content.length !== bytes) throw new DamagedError(file, `${content.length} of ${bytes} bytes`)
    this.failed.delete(name)
    return content
  }

  /** What the network gives. @param {Part} part */
  async body({ file }) {
    let answer
    try {
      answer = await fetch(this.base + file, { cache: this.cache })
    } catch (error) {
      throw new DownloadError(`${file} could not be fetched: ${messageOf(error)}`)
    }
    if (!answer.ok || !answer.body) throw new DownloadError(`${file} could not be fetched: ${answer.status}`)
    return answer.body
  }

  /**
   * Passes bytes on, counts them, and when all have passed begins to check them.
   * @param {string} name
   * @param {Purpose} what
   * @returns {TransformStream<Bytes, Bytes>}
   */
  counter(name, what) {
    const { file, bytes, sha256 } = this.parts[name]
    const kept = new Uint8Array(bytes)
    let loaded = 0
    let told = 0
    return new TransformStream({
      transform: (piece, passed) => {
        if (loaded + piece.length > bytes) throw new DamagedError(file, "it is too long")
        kept.set(piece, loaded)
        loaded += piece.length
        passed.enqueue(piece)
        if (loaded - told > 65536 || loaded === bytes) {
          told = loaded
          this.note({ what, file, loaded, total: bytes, from: "network" })
        }
      },
      flush: () => {
        if (loaded !== bytes) throw new DamagedError(file, `${loaded} of ${bytes} bytes`)
        // Without a secure context there is no hash; the length and gzip's own sum are left.
        if (!globalThis.crypto?.subtle) return
        const checked = check(file, kept, sha256)
        checked.catch(() => {}) // told where it is awaited
        this.checks.set(name, checked)
      },
    })
  }
}

/**
 * @param {string} file
 * @param {Bytes} content
 * @param {string} wanted
 */
async function check(file, content, wanted) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", content))
  const found = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("")
  if (found !== wanted) throw new DamagedError(file, "its hash is another")
}

/** @param {ReadableStream<Bytes>} stream */
async function* chunks(stream) {
  const reader = stream.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    yield value
  }
}
