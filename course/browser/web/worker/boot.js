// How the interpreter comes up: from a snapshot of its memory, or by importing precompiled modules.

import { messageOf } from "./errors.js"
import { Downloads } from "./download.js"
import { startInterpreter } from "./interpreter.js"
import { Loader } from "./loader.js"
import { COURSE, prepare, unpack } from "./prepare.js"
import { Snapshot } from "./snapshot.js"

/** @import {Boot, Bytes, FromWorker, Planted, Reason, Seed, Way} from "../types.ts" */
/** @import {Bridge, Imports, Pyodide} from "./types.ts" */

/**
 * @typedef {Record<"core" | "library", Promise<WebAssembly.Module>> & Record<"lesson" | OfWay, Promise<Bytes>>} Parts
 *   all that is fetched; of what only one way needs there is what the way that is taken needs
 * @typedef {"snapshot" | "stdlib" | "packages" | "course"} OfWay
 */

/**
 * @param {Boot} wish
 * @param {(message: FromWorker) => void} tell sends a message to the page
 * @returns {Promise<{py: Pyodide, bridge: Bridge, way: Way, ms: number, parts: Record<string, number>, seed: Seed}>}
 */
export async function boot({ base, lesson, way, seed, anew, ports }, tell) {
  const from = performance.now()
  /** @type {Record<string, number>} */
  const times = {}
  /** @param {string} name */
  const mark = (name) => (times[name] = Math.round(performance.now() - from))
  const wanted = seed?.way ?? (await choose(way, base))
  let fetched
  let parts
  // Everything is asked for at once, before anything is waited for.
  if (seed) parts = planted(seed, tell)
  else {
    const [compiler, other] = ports.map((port) => new Loader(port, base, tell, anew))
    fetched = new Fetched(compiler, other, lesson)
    parts = fetched.begin(wanted)
  }
  const script = import(base + SCRIPT + (anew ? `?again=${Date.now()}` : ""))
  const starting = { base, factory: async () => (await script).default, core: parts.core, library: parts.library, mark }
  for (const [name, part] of Object.entries({ script, ...parts })) {
    part.then(() => mark(name)).catch(() => {}) // told where it is awaited
  }

  /** @type {Pyodide | undefined} */
  let py
  let used = wanted
  if (wanted === "snapshot") {
    try {
      const snapshot = parts.snapshot.then((bytes) => new Snapshot(bytes))
      snapshot.catch(() => {}) // told where it is awaited
      py = await startInterpreter({ ...starting, snapshot, memory: PARTS.snapshot.memory })
      py.runPython("import random; random.seed()")
    } catch (error) {
      if (reason(error) === "memory") throw error // the other way needs as much
      if (!fetched) throw error
      tell({ type: "fallback", error: messageOf(error) })
      used = "modules"
      Object.assign(parts, fetched.begin(used, parts))
    }
  }
  if (!py || used === "modules") {
    py = await startInterpreter({ ...starting, stdlib: parts.stdlib })
    prepare(py, { packages: await parts.packages, course: await parts.course, groups: GROUPS })
  }
  mark("interpreter")
  fetchLate(py, base)
  unpack(py.FS, await parts.lesson, COURSE)
  /** @type {Bridge} */
  const bridge = py.pyimport("course.browser.bridge")
  await bridge.start(lesson)
  if (used === "modules") py.runPython("from course.browser.imports import import_early; import_early()")
  mark("course")
  await fetched?.verified(used)
  const ms = mark("ready")
  return { py, bridge, way: used, ms, parts: times, seed: await harvest(used, parts) }
}

/** @type {Record<Way, OfWay[]>} */
const OF_WAY = { snapshot: ["snapshot"], modules: ["stdlib", "packages", "course"] }

/** What two loaders fetch: one what is compiled, the other all that Python needs. */
class Fetched {
  /**
   * @param {Loader} compiler
   * @param {Loader} other
   * @param {string} lesson
   */
  constructor(compiler, other, lesson) {
    this.compiler = compiler
    this.other = other
    this.lesson = `lessons/${lesson}`
  }

  /**
   * What a way needs.
   * @param {Way} way
   * @param {Partial<Parts>} [have] what an earlier try has fetched
   */
  begin(way, have = {}) {
    /** @type {Partial<Parts>} */
    const parts = {
      core: have.core ?? this.compiler.module("core", "runtime"),
      library: have.library ?? this.compiler.module("library", "runtime"),
    }
    const kind = way === "snapshot" ? "snapshot" : "modules"
    for (const name of OF_WAY[way]) parts[name] = this.other.bytes(name, kind)
    parts.lesson = have.lesson ?? this.other.bytes(this.lesson, "lesson")
    return /** @type {Parts} */ (parts)
  }

  /** Resolves when all that was used is what was built. @param {Way} way */
  verified(way) {
    const names = [...OF_WAY[way], this.lesson]
    return Promise.all([this.compiler.verified(["core", "library"]), this.other.verified(names)])
  }
}

/**
 * What an earlier worker left: nothing of it is fetched or compiled again.
 * @param {Seed} seed
 * @param {(message: FromWorker) => void} tell
 */
function planted(seed, tell) {
  /** @type {Record<string, Promise<Planted>>} */
  const parts = {}
  for (const [name, part] of Object.entries(seed.parts)) parts[name] = Promise.resolve(part)
  const sizes = Object.values(seed.parts).map((part) => ("byteLength" in part ? part.byteLength : 0))
  const bytes = sizes.reduce((sum, size) => sum + size, 0)
  tell({ type: "loading", what: "runtime", loaded: bytes, total: bytes, from: "memory" })
  return /** @type {Parts} */ (parts)
}

/**
 * What the next worker gets, should this one be stopped.
 * @param {Way} way
 * @param {Parts} parts
 */
async function harvest(way, parts) {
  /** @type {Record<string, Planted>} */
  const kept = {}
  const names = /** @type {const} */ (["core", "library", "lesson", ...OF_WAY[way]])
  for (const name of names) kept[name] = await parts[name]
  return { way, parts: kept }
}

/**
 * Import blocks, and so does what it fetches.
 * @param {Pyodide} py
 * @param {string} base
 */
function fetchLate(py, base) {
  const downloads = new Downloads(base, PARTS, () => {})
  /** @type {Imports} */
  const imports = py.pyimport("course.browser.imports")
  const late = imports.late
  late.fetch = (name) => downloads.now(name)
  late.destroy()
  imports.destroy()
}

const SLOW = 8 // Mbit/s; browsers tell 10 at most

/**
 * "auto": the snapshot starts sooner, and is more to load.
 * @param {Boot["way"]} way
 * @param {string} base
 * @returns {Promise<Way>}
 */
async function choose(way, base) {
  if (!PARTS.snapshot || way === "modules") return "modules"
  if (way === "snapshot") return way
  const speed = navigator.connection?.downlink
  if (speed === undefined || speed >= SLOW) return "snapshot"
  return (await isKept(base + PARTS.snapshot.file)) ? "snapshot" : "modules"
}

/** Whether this browser has a file already. @param {string} address */
async function isKept(address) {
  try {
    if (await globalThis.caches?.match(address)) return true
    const answer = await fetch(address, { cache: "only-if-cached", mode: "same-origin" })
    await answer.body?.cancel()
    return answer.ok
  } catch {
    return false
  }
}

const NETWORK = /DownloadError|DamagedError|failed to fetch|dynamically imported|module script failed/i
const MEMORY = /out of memory|could not allocate|memory allocation|allocation failed|enlarge memory|Memory\.grow/i
const LACKING = /DecompressionStream|WebAssembly is not defined|compileStreaming|is not a (function|constructor)/

/**
 * Why it went wrong, as far as its message tells.
 * @param {unknown} error
 * @returns {Reason}
 */
export function reason(error) {
  const { damaged, name, message } = Object(error)
  if (damaged) return "network"
  const text = `${name}: ${message ?? error}`
  if (NETWORK.test(text)) return "network"
  if (MEMORY.test(text)) return "memory"
  return LACKING.test(text) ? "unsupported" : "other"
}
