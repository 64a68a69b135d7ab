// ZIP files, written and read with what a browser has.

/** @import {Bytes} from "../types.ts" */

/** @typedef {{name: string, bytes: Bytes, at: number}} Entry a file, and when it was saved (ms since 1970) */

const LOCAL = 0x04034b50
const CENTRAL = 0x02014b50
const END = 0x06054b50
const IN_UTF8 = 0x0800
const TIME = 0x5455 // an extra field: seconds since 1970, as a ZIP file's own times have no zone

/** What cannot be read; its message says so to a reader. */
export class Damaged extends Error {}

/**
 * @param {Entry[]} entries
 * @returns {Promise<Blob>}
 */
export async function zipped(entries) {
  /** @type {Bytes[]} */
  const parts = []
  /** @type {Bytes[]} */
  const list = []
  let at = 0
  for (const entry of entries) {
    const name = new TextEncoder().encode(entry.name)
    const packed = await through("CompressionStream", entry.bytes)
    const method = packed ? 8 : 0
    const bytes = packed ?? entry.bytes
    const extra = record([TIME, 2], [5, 2], [1, 1], [Math.floor(entry.at / 1000), 4])
    /** @type {Field[]} */
    const facts = [
      [20, 2],
      [IN_UTF8, 2],
      [method, 2],
      ...time(entry.at),
      [crc32(entry.bytes), 4],
      [bytes.length, 4],
      [entry.bytes.length, 4],
      [name.length, 2],
      [extra.length, 2],
    ]
    const head = [record([LOCAL, 4], ...facts), name, extra]
    list.push(record([CENTRAL, 4], [20, 2], ...facts, [0, 2], [0, 2], [0, 2], [0, 4], [at, 4]), name, extra)
    parts.push(...head, bytes)
    at += length(head) + bytes.length
  }
  const count = /** @type {Field} */ ([entries.length, 2])
  const end = record([END, 4], [0, 2], [0, 2], count, count, [length(list), 4], [at, 4], [0, 2])
  return new Blob([...parts, ...list, end], { type: "application/zip" })
}

/**
 * What is in a ZIP file, by name; each file is unpacked when it is asked for.
 * @param {Bytes} bytes
 * @param {number} most bytes that one file may have
 * @returns {Map<string, () => Promise<Bytes>>}
 * @throws {Damaged} it is none
 */
export function unzipped(bytes, most) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const end = tail(view)
  /** @type {Map<string, () => Promise<Bytes>>} */
  const found = new Map()
  try {
    let at = view.getUint32(end + 16, true)
    for (let left = view.getUint16(end + 10, true); left; left--) {
      if (view.getUint32(at, true) !== CENTRAL) throw new Damaged("Its list of files is damaged.")
      const [name, extra, comment] = [28, 30, 32].map((place) => view.getUint16(at + place, true))
      const facts = {
        flags: view.getUint16(at + 8, true),
        method: view.getUint16(at + 10, true),
        sum: view.getUint32(at + 16, true),
        packed: view.getUint32(at + 20, true),
        size: view.getUint32(at + 24, true),
        place: view.getUint32(at + 42, true),
      }
      const text = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + name)).replaceAll("\\", "/")
      found.set(text, () => unpacked(bytes, facts, text, most))
      at += 46 + name + extra + comment
    }
  } catch (error) {
    if (error instanceof RangeError) throw new Damaged("Its list of files is damaged.")
    throw error
  }
  return found
}

/** Where the list of files says how long it is. @param {DataView} view */
function tail(view) {
  const first = Math.max(0, view.byteLength - 22 - 0xffff)
  for (let at = view.byteLength - 22; at >= first; at--) if (view.getUint32(at, true) === END) return at
  throw new Damaged("It is no ZIP file, or its end is missing.")
}

/**
 * @param {Bytes} bytes the whole ZIP file
 * @param {{flags: number, method: number, sum: number, packed: number, size: number, place: number}} facts
 * @param {string} name
 * @param {number} most
 */
async function unpacked(bytes, { flags, method, sum, packed, size, place }, name, most) {
  if (size > most) throw new Damaged(`${name} in it is bigger than ${most / 1e6} MB.`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (flags & 1) throw new Damaged(`${name} in it asks for a password.`)
  if (place + 30 > bytes.length || view.getUint32(place, true) !== LOCAL) throw new Damaged(`${name} in it is damaged.`)
  const start = place + 30 + view.getUint16(place + 26, true) + view.getUint16(place + 28, true)
  const content = bytes.subarray(start, start + packed)
  const plain = method === 0 ? content : method === 8 ? await through("DecompressionStream", content, size) : null
  if (!plain || plain.length !== size || crc32(plain) !== sum) throw new Damaged(`${name} in it is damaged.`)
  return plain
}

/**
 * Bytes sent through one of the browser's streams; null if it has none, or the bytes are damaged.
 * @param {"CompressionStream" | "DecompressionStream"} kind
 * @param {Bytes} bytes
 * @param {number} [most] what may come out
 * @returns {Promise<Bytes | null>}
 */
async function through(kind, bytes, most = Infinity) {
  if (typeof globalThis[kind] !== "function") return null
  /** @type {Bytes[]} */
  const parts = []
  try {
    const stream = new Blob([bytes]).stream().pipeThrough(new globalThis[kind]("deflate-raw"))
    for (const reader = stream.getReader(); ; ) {
      const { done, value } = await reader.read()
      if (done) break
      parts.push(value)
      if (length(parts) > most) return reader.cancel().then(() => null)
    }
  } catch {
    return null
  }
  return joined(parts)
}

/** @typedef {[value: number, bytes: number]} Field */

/** Numbers as a ZIP file has them. @param {...Field} fields @returns {Bytes} */
function record(...fields) {
  const bytes = new Uint8Array(fields.reduce((sum, [, size]) => sum + size, 0))
  let at = 0
  for (const [value, size] of fields) {
    for (let part = 0; part < size; part++) bytes[at++] = Math.floor(value / 256 ** part) % 256
  }
  return bytes
}

/** By this machine's clock on the wall, from 1980 on, in steps of two seconds. @param {number} at @returns {Field[]} */
function time(at) {
  const when = new Date(Math.max(at, new Date(1980, 0, 1).getTime()))
  const day = ((when.getFullYear() - 1980) << 9) | ((when.getMonth() + 1) << 5) | when.getDate()
  return [
    [(when.getHours() << 11) | (when.getMinutes() << 5) | (when.getSeconds() >> 1), 2],
    [day, 2],
  ]
}

/** @param {Bytes} bytes */
export function crc32(bytes) {
  let sum = 0xffffffff
  for (const byte of bytes) {
    sum ^= byte
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0)
  }
  return (sum ^ 0xffffffff) >>> 0
}

/** @param {Bytes[]} parts */
function length(parts) {
  return parts.reduce((sum, part) => sum + part.length, 0)
}

/** @param {Bytes[]} parts @returns {Bytes} */
function joined(parts) {
  const whole = new Uint8Array(length(parts))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
