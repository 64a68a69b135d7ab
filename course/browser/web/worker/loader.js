// Downloads in a worker of their own: unpacking forty megabytes would keep the interpreter from starting.

import { DamagedError, DownloadError, Downloads } from "./download.js"

/**
 * The loader's side: do what comes through the port.
 * @param {MessagePort} port
 * @param {Record<string, import('./download.js').Part>} parts
 */
export function load(port, parts) {
  let downloads
  port.onmessage = async ({ data: { id, ask, base, anew, name, what } }) => {
    if (ask === "begin") {
      downloads = new Downloads(base, parts, (message) => port.postMessage({ told: message }), anew)
      return
    }
    try {
      const value = await downloads[ask](name, what)
      port.postMessage({ id, value }, ArrayBuffer.isView(value) ? [value.buffer] : [])
    } catch (error) {
      const { name: kind, message, damaged } = error
      port.postMessage({ id, error: { kind, message, damaged } })
    }
  }
}

/** The interpreter's side: as `Downloads`, done elsewhere. */
export class Loader {
  #port
  #waiting = new Map()
  #last = 0

  /** @param {MessagePort} port @param {(message: object) => void} tell takes the messages "loading" */
  constructor(port, base, tell, anew) {
    this.#port = port
    port.onmessage = ({ data: { id, value, error, told } }) => {
      if (told) return tell(told)
      const { resolve, reject } = this.#waiting.get(id)
      this.#waiting.delete(id)
      if (error) reject(revived(error))
      else resolve(value)
    }
    port.postMessage({ ask: "begin", base, anew })
  }

  /** A part in one piece. @returns {Promise<Uint8Array>} */
  bytes(name, what) {
    return this.#ask({ ask: "bytes", name, what })
  }

  /** A part compiled while it comes. @returns {Promise<WebAssembly.Module>} */
  module(name, what) {
    return this.#ask({ ask: "module", name, what })
  }

  /** Resolves when these parts are what was built. @throws {DownloadError} */
  verified(names) {
    return this.#ask({ ask: "verified", name: names })
  }

  #ask(message) {
    return new Promise((resolve, reject) => {
      this.#waiting.set(++this.#last, { resolve, reject })
      this.#port.postMessage({ ...message, id: this.#last })
    })
  }
}

/** An error as it was thrown in the other worker. */
function revived({ kind, message, damaged }) {
  const error = damaged ? new DamagedError("", "") : kind === "DownloadError" ? new DownloadError() : new Error()
  return Object.assign(error, { message, name: kind })
}
