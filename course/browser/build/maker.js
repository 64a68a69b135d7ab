// Runs in Chromium while the assets are built: compiles modules inside Pyodide, or takes the snapshot.
//
// The page that starts this worker gives it a job; results go back by PUT.

import { messageOf } from "../web/worker/errors.js"
import { startInterpreter } from "../web/worker/interpreter.js"
import { prepare } from "../web/worker/prepare.js"
import { Snapshot } from "../web/worker/snapshot.js"

/** @import {Bytes, Groups} from "../web/types.ts" */
/** @import {Image, Imports, Memory} from "../web/worker/types.ts" */

/**
 * @typedef {{name: string, place: string, sources: string[]}} Archive and more, which bytecode.py reads
 * @typedef {{job: "compile", archives: Archive[]} | {job: "snapshot", groups: Groups}} Job
 */

const base = new URL("./", self.location.href).href
/** @param {string} name @returns {Promise<Bytes>} */
const bytes = async (name) => {
  const answer = await fetch(base + name)
  if (!answer.ok) throw new Error(`${name}: ${answer.status}`)
  return new Uint8Array(await answer.arrayBuffer())
}
/** @param {string} name */
const compiled = (name) => WebAssembly.compileStreaming(fetch(base + name))
/** @type {(name: string, body: Bytes) => Promise<Response>} */
const put = (name, body) => fetch(base + "out/" + name, { method: "PUT", body })

/** @param {Partial<Parameters<typeof startInterpreter>[0]>} options */
function start(options) {
  return startInterpreter({
    base,
    factory: async () => (await import(base + "npm/pyodide/pyodide.asm.mjs")).default,
    core: compiled("npm/pyodide/pyodide.asm.wasm"),
    library: compiled("in/library.wasm"),
    ...options,
  })
}

const jobs = {
  /** Compile archives, as `bytecode.compile_all` says. @param {{archives: Archive[]}} job */
  async compile({ archives }) {
    const py = await start({ stdlib: bytes("npm/pyodide/python_stdlib.zip") })
    py.FS.mkdir("/in")
    py.FS.mkdir("/out")
    for (const source of new Set(archives.flatMap((each) => each.sources))) {
      py.FS.writeFile("/in/" + source, await bytes("in/" + source))
    }
    py.runPython(new TextDecoder().decode(await bytes("in/bytecode.py")))
    py.globals.get("compile_all")(JSON.stringify(archives))
    for (const { name } of archives) await put(name, py.FS.readFile("/out/" + name))
  },

  /** Import and use everything once, then copy the memory. @param {{groups: Groups}} job */
  async snapshot({ groups }) {
    stopChance()
    const env = { PYTHONHASHSEED: "0" } // strings' hashes are every visitor's alike in any case
    const py = await start({ stdlib: bytes("in/stdlib.zip"), makeSnapshot: true, env })
    py.runPython('import os; del os.environ["PYTHONHASHSEED"], os')
    prepare(py, { packages: await bytes("in/packages.zip"), course: await bytes("in/course.zip"), groups })
    /** @type {Imports} */
    const { late } = py.pyimport("course.browser.imports")
    late.fetch = (name) => gzipped(`in/${name}.zip`)
    await py.runPythonAsync("from course.browser.warm import warm\nawait warm()")
    // Let the loop end what was begun, and the garbage go, so that none of it is stored.
    await new Promise((done) => setTimeout(done, 200))
    py.runPython("from course.browser import imports; imports.forget()")
    wipe(py._module)
    const whole = py.makeMemorySnapshot()
    const size = py._module.HEAPU8.length
    // Two, so that what depends on more than the interpreter itself is seen to differ.
    const fresh = [await freshMemory(size, {}), await freshMemory(size, { LANG: "xx_XX.UTF-8", OTHER: "x".repeat(99) })]
    await put("snapshot.bin", Snapshot.pack(whole, fresh))
  },
}

/** An archive, at once, as the page's worker fetches it. @param {string} name */
function gzipped(name) {
  const request = new XMLHttpRequest()
  request.open("GET", base + name + ".gz", false)
  request.responseType = "arraybuffer"
  request.send()
  if (request.status !== 200) throw new Error(`${name}: ${request.status}`)
  return new Uint8Array(request.response)
}

/** Have clocks and random numbers be the same each time, so that the same memory comes of it. */
function stopChance() {
  let now = Date.UTC(2026, 0, 1)
  let random = 1
  const next = () => (random = (Math.imul(random, 1103515245) + 12345) >>> 0)
  Date.now = () => now++
  performance.now = () => now++ - Date.UTC(2026, 0, 1)
  Math.random = () => next() / 2 ** 32
  crypto.getRandomValues = (array) => {
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
    for (let at = 0; at < bytes.length; at++) bytes[at] = next() >>> 24
    return array
  }
}

/**
 * The memory of an interpreter at the moment in which a snapshot would be restored.
 * @param {number} size
 * @param {Record<string, string>} env
 * @returns {Promise<Uint8Array>}
 */
async function freshMemory(size, env) {
  /** @type {Uint8Array | undefined} */
  let taken
  /** @type {Image} */
  const image = {
    config: { hiwireKeys: [], immortalKeys: [] }, // nobody gets to read it
    copyInto(memory) {
      taken = memory.slice()
      throw new Error("that was all")
    },
  }
  try {
    await start({ snapshot: Promise.resolve(image), memory: size, env })
  } catch (error) {
    if (!taken) throw error
  }
  if (!taken) throw new Error("the interpreter started without asking for its memory")
  return taken
}

/** Overwrite free memory: what was freed keeps its content, which every visitor would load. @param {Memory} module */
function wipe(module) {
  const top = module._sbrk(0)
  const held = []
  for (let size = 1 << 22; size >= 16; size >>= 1) {
    for (;;) {
      const chunk = module._malloc(size)
      if (!chunk || chunk + size > top) {
        if (chunk) module._free(chunk)
        break
      }
      module.HEAPU8.fill(0, chunk, chunk + size)
      held.push(chunk)
    }
  }
  for (const chunk of held) module._free(chunk)
}

self.onmessage = async (/** @type {MessageEvent<Job>} */ { data }) => {
  try {
    if (data.job === "compile") await jobs.compile(data)
    else await jobs.snapshot(data)
    self.postMessage({ done: true })
  } catch (error) {
    self.postMessage({ error: messageOf(error) })
  }
}
