// Downloads in a worker of their own: unpacking forty megabytes would keep the interpreter from starting.

import { DamagedError, DownloadError, Downloads } from "./download.js"

/** @import {Bytes, Loading, Part, Planted, Purpose} from "../types.ts" */

/**
 * @typedef {{ask: "begin", base: string, anew: boolean}} Begin comes first
 * @typedef {{ask: "bytes" | "module", name: string, what: Purpose} | {ask: "verified", names: string[]}} Wish
 * @typedef {{kind: string, message: string, damaged?: boolean}} Thrown an error, as messages have it
 * @typedef {{told: Loading} | {told?: undefined, id: number, value?: Planted, error?: Thrown}} Reply
 */

/**
 * The loader's side: do what comes through the port.
 * @param {MessagePort} port
 * @param {Record<string, Part>} parts
 */
export function load(port, parts) {
  /** @type {Downloads} */
  let downloads
  /** @param {Wish} wish */
  const done = (wish) =>
    wish.ask === "verified" ? downloads.verified(wish.names) : downloads[wish.ask](wish.name, wish.what)
  port.onmessage = async (/** @type {MessageEvent<Begin | (Wish & {id: number})>} */ { data }) => {
    if (data.ask === "begin") {
      downloads = new Downloads(data.base, parts, (message) => port.postMessage({ told: message }), data.anew)
      return
    }
    const { id } = data
    try {
      const value = await done(data)
      port.postMessage({ id, value }, ArrayBuffer.isView(value) ? [value.buffer] : [])
    } catch (error) {
      const { name: kind, message, damaged } = Object(error)
      port.postMessage({ id, error: { kind, message, damaged } })
    }
  }
}

/** The interpreter's side: as `Downloads`, done elsewhere. */
export class Loader {
  #port
  /** @type {Map<number, {resolve: (value: any) => void, reject: (error: Error) => void}>} any: what was asked for */
  #waiting = new Map()
  #last = 0

  /**
   * @param {MessagePort} port
   * @param {string} base
   * @param {(message: Loading) => void} tell
   * @param {boolean} anew
   */
  constructor(port, base, tell, anew) {
    this.#port = port
    port.onmessage = (/** @type {MessageEvent<Reply>} */ { data }) => {
      if (data.told) return tell(data.told)
      const { id, value, error } = data
      const waiting = this.#waiting.get(id)
      this.#waiting.delete(id)
      if (error) waiting?.reject(revived(error))
      else waiting?.resolve(value)
    }
    port.postMessage({ ask: "begin", base, anew })
  }

  /**
   * A part in one piece.
   * @param {string} name
   * @param {Purpose} what
   * @returns {Promise<Bytes>}
   */
  bytes(name, what) {
    return this.#ask({ ask: "bytes", name, what })
  }

  /**
   * A part compiled while it comes.
   * @param {string} name
   * @param {Purpose} what
   * @returns {Promise<WebAssembly.Module>}
   */
  module(name, what) {
    return this.#ask({ ask: "module", name, what })
  }

  /**
   * Resolves when these parts are what was built.
   * @param {string[]} names
   * @returns {Promise<void>}
   * @throws {DownloadError}
   */
  verified(names) {
    return this.#ask({ ask: "verified", names })
  }

  /** @param {Wish} message */
  #ask(message) {
    return new Promise((resolve, reject) => {
      this.#waiting.set(++this.#last, { resolve, reject })
      this.#port.postMessage({ ...message, id: this.#last })
    })
  }
}

/** An error as it was thrown in the other worker. @param {Thrown} thrown */
function revived({ kind, message, damaged }) {
  const error = damaged ? new DamagedError("", "") : kind === "DownloadError" ? new DownloadError() : new Error()
  return Object.assign(error, { message, name: kind })
}
