// Starts Pyodide with pydantic-core linked before anything else runs.
//
// A memory snapshot is a copy of the interpreter's memory, in which pydantic-core has its place: restored,
// it must be linked to the very same addresses. So the build that takes the snapshot and the page that
// restores it start the interpreter here, in exactly this way.

import { loadPyodide } from "pyodide"

/** @import {Bytes} from "../types.ts" */
/** @import {Factory, Fail, Image, Pyodide, Settings} from "./types.ts" */

const LIBRARY = `/lib/python${INFO.python.split(".", 2).join(".")}/site-packages/_pydantic_core.so`
// Pyodide asks for files by address; these are answered from what is here already.
const CORE_URL = "pyodide.asm.wasm"
const LIBRARY_URL = "_pydantic_core.so"
const STDLIB_URL = "python_stdlib.zip"
/** A zip archive with nothing in it. */
const EMPTY_ZIP = Uint8Array.from([0x50, 0x4b, 5, 6, ...Array(18).fill(0)])

/**
 * @param {object} given
 * @param {string} given.base any address on this site; nothing is asked of it
 * @param {() => Promise<Factory>} given.factory gives Emscripten's module factory (pyodide.asm.mjs)
 * @param {Promise<WebAssembly.Module>} given.core
 * @param {Promise<WebAssembly.Module>} given.library pydantic-core
 * @param {Promise<Bytes>} [given.stdlib] the standard library as a zip archive; a snapshot needs none
 * @param {Promise<Image>} [given.snapshot]
 * @param {number} [given.memory] bytes that the snapshot fills
 * @param {boolean} [given.makeSnapshot]
 * @param {Record<string, string>} [given.env]
 * @param {(mark: string) => void} [given.mark] is told when what was done
 * @returns {Promise<Pyodide>}
 */
export async function startInterpreter({
  base,
  factory,
  core,
  library,
  stdlib,
  snapshot,
  memory,
  makeSnapshot,
  env,
  mark = () => {},
}) {
  // Pyodide hears of no error while WebAssembly starts, and would wait for ever.
  /** @type {Fail} */
  let fail = () => {}
  /** @type {Promise<never>} */
  const failed = new Promise((_, reject) => (fail = reject))
  const restore = answerFromHere({ core, library, stdlib: stdlib ?? EMPTY_ZIP, fail })
  const createPyodideModule = async (/** @type {Settings} */ settings) => {
    const make = await factory()
    settings.dynamicLibraries = [LIBRARY]
    settings.locateFile = (name) => (name.endsWith(".so") ? base + LIBRARY_URL : base + name)
    const grown = snapshot && growFirst(settings, memory ?? 0, fail)
    const module = await make(settings)
    mark("linked")
    if (snapshot && grown) {
      const image = await snapshot
      image.used = grown.from

      module.API.restoreSnapshot = () => {
        image.copyInto(module.HEAPU8)
        mark("restored")
        return image.config
      }
    }
    return module
  }
  try {
    const loading = loadPyodide({
      indexURL: base,
      packageBaseUrl: base,
      stdLibURL: base + STDLIB_URL,
      // No package is ever loaded by Pyodide itself.
      lockFileContents: JSON.stringify({ info: INFO, packages: {} }),
      env: { HOME: "/home/pyodide", PYTHONDONTWRITEBYTECODE: "1", ...env },
      createPyodideModule,
      ...(snapshot ? { _loadSnapshot: new Uint8Array(0) } : {}),
      ...(makeSnapshot ? { _makeSnapshot: true } : {}),
    })
    return /** @type {Pyodide} */ (/** @type {unknown} */ (await Promise.race([loading, failed])))
  } finally {
    restore()
  }
}

/**
 * Growing memory while the interpreter runs in it is refused; so it has its size before it runs.
 * @param {Settings} settings
 * @param {number} size
 * @param {Fail} fail
 */
function growFirst(settings, size, fail) {
  const grown = { from: size }
  const instantiate = settings.instantiateWasm
  if (!instantiate) throw new Error("Pyodide starts WebAssembly in another way than this was written for")
  settings.instantiateWasm = (imports, done) =>
    instantiate(imports, (instance, module) => {
      const memory = /** @type {WebAssembly.Memory} */ (instance.exports.memory)
      grown.from = memory.buffer.byteLength
      try {
        if (size > grown.from) memory.grow(Math.ceil((size - grown.from) / 65536))
      } catch (error) {
        return fail(error)
      }
      done(instance, module)
    })
  return grown
}

/**
 * Has `fetch` and `WebAssembly` answer with modules that are compiled already; returns what ends that.
 *
 * Pyodide takes addresses only, and would load and compile again what a restart has in memory.
 * @param {{core: Promise<WebAssembly.Module>, library: Promise<WebAssembly.Module>, stdlib: Bytes | Promise<Bytes>,
 *   fail: Fail}} given
 */
function answerFromHere({ core, library, stdlib, fail }) {
  const { instantiate, instantiateStreaming } = WebAssembly
  const fetch = self.fetch
  /** @type {Bytes | undefined} */
  let head
  self.fetch = async (address, options) => {
    const name = String(address instanceof Request ? address.url : address)
    if (name.endsWith(CORE_URL)) return new Response("", { headers: { "content-type": "application/wasm" } })
    if (name.endsWith(STDLIB_URL)) return new Response(await stdlib)
    if (name.endsWith(LIBRARY_URL)) return new Response((head ??= linkingHead(await library)))
    return fetch(address, options)
  }
  WebAssembly.instantiateStreaming = (_, imports) => linked(core, imports)
  const instantiateHere = async (/** @type {BufferSource} */ binary, /** @type {WebAssembly.Imports} */ imports) =>
    head && binary.byteLength === head.byteLength ? linked(library, imports) : instantiate(binary, imports)
  // Emscripten asks with bytes only.
  WebAssembly.instantiate = /** @type {typeof instantiate} */ (/** @type {unknown} */ (instantiateHere))
  /**
   * @param {Promise<WebAssembly.Module>} compiled
   * @param {WebAssembly.Imports} [imports]
   */
  const linked = async (compiled, imports) => {
    try {
      const module = await compiled
      return { module, instance: await instantiate(module, imports) }
    } catch (error) {
      fail(error)
      throw error
    }
  }
  return () => {
    self.fetch = fetch
    WebAssembly.instantiate = instantiate
    WebAssembly.instantiateStreaming = instantiateStreaming
  }
}

/**
 * The first bytes of a library's file, all that Emscripten reads itself: how it is to be linked.
 * @param {WebAssembly.Module} module
 */
function linkingHead(module) {
  const content = new Uint8Array(WebAssembly.Module.customSections(module, "dylink.0")[0])
  const name = new TextEncoder().encode("dylink.0")
  const size = leb128(1 + name.length + content.length)
  return Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 0, ...size, name.length, ...name, ...content])
}

/** @param {number} number */
function leb128(number) {
  const bytes = []
  do {
    const low = number & 0x7f
    number >>= 7
    bytes.push(number ? low | 0x80 : low)
  } while (number)
  return bytes
}
