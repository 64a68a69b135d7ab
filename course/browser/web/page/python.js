// Python in this page, as the page sees it: started when that disturbs nobody, and told about in plain words.

import { idle } from "./dom.js"
import { messageOf } from "../worker/errors.js"

/** @import {Failed, Files, Loading, Output, Ran, Reason, RuntimeEvents, Stop, Tells} from "../types.ts" */
/** @import {Runtime} from "../runtime.js" */

/** @type {Partial<Record<Stop["cause"], string>>} */
const STOPPED = {
  limit: "It ran too long without a pause, so Python was stopped",
  asked: "Python was stopped",
}

/**
 * @typedef {"waiting" | "saving" | "loading" | "ready" | "running" | "failed" | "old"} State
 *   waiting for the page to be idle; saving data, so that it starts at the first run; ...; the browser is too old
 */

/**
 * @typedef {{state: Event, stopped: Event} & Pick<RuntimeEvents, "report" | "hint" | "app" | "exchange">} PythonEvents
 */

/** Tells of "state" when `state` or `told` changed, and passes on "report", "hint", "app" and "exchange". */
export class Python extends /** @type {new () => Tells<PythonEvents>} */ (EventTarget) {
  /** @type {State} */ state = "waiting"
  /** What the reader should know: one sentence. */
  told = ""
  /** Bytes while it loads. @type {Pick<Loading, "loaded" | "total" | "from"> | null} */
  progress = null
  #options
  #made
  /** @type {Runtime | null} */
  #runtime = null
  /** @type {Promise<void> | null} */
  #starting = null
  /** @type {Promise<void>} */
  #last = Promise.resolve()
  /** Grows with each stop: what waited for its turn before is not run after it. */
  stops = 0

  /**
   * @param {{base: string, lesson: string}} options
   * @param {(runtime: Runtime) => Promise<void>} made
   *   called with the runtime before it runs anything: who listens to it misses nothing
   */
  constructor(options, made) {
    super()
    this.#options = options
    this.#made = made
    const missing = lacks()
    if (missing)
      this.#be("old", `This browser is too old to run the cells (${missing} is missing). Everything can be read.`)
    else if (saves()) this.#be("saving", "Python is loaded at your first run: your browser saves data.")
  }

  get ready() {
    return this.state === "ready" || this.state === "running"
  }

  get old() {
    return this.state === "old"
  }

  /** Start it as soon as the page is at rest, unless the reader saves data. */
  async whenIdle() {
    if (this.state !== "waiting") return
    await idle()
    if (this.state === "waiting") this.start().catch(() => {})
  }

  /** Start it. Resolves when it is ready. */
  start() {
    this.#starting ??= this.#start()
    return this.#starting
  }

  async #start() {
    this.#be("loading", "Python is loading")
    try {
      const { Runtime } = await import("../runtime.js")
      const first = !this.#runtime
      this.#runtime ??= this.#listen(new Runtime(this.#options))
      await Promise.all([this.#runtime.start(), first && this.#made(this.#runtime)])
    } catch (error) {
      this.#starting = null // the next run tries again
      if (this.state !== "failed") this.#failed({ error: messageOf(error), reason: "network" })
      throw error
    }
  }

  /**
   * Run code; see Runtime.run. `onstart` is called when its turn has come.
   * @param {string} code
   * @param {{cell: string, name: string, files: Files, onstart: () => void, onoutput: (output: Output) => void}} options
   * @returns {Promise<Ran>} rejects with a sentence for the reader when Python stops or fails
   */
  async run(code, { onstart, ...options }) {
    if (this.old) throw new Error(this.told)
    const { stops } = this
    const before = this.#last
    let over = () => {}
    this.#last = new Promise((done) => (over = done))
    try {
      await Promise.all([before, this.#begun()])
      if (stops !== this.stops) throw new Error("Python was stopped before its turn came.")
      onstart()
      this.#be("running", `Python runs ${options.name}`)
      return await /** @type {Runtime} */ (this.#runtime).run(code, options)
    } finally {
      over()
      if (this.state === "running") this.#be("ready", "Python is ready")
    }
  }

  async #begun() {
    try {
      await this.start()
    } catch {
      throw new Error(this.told)
    }
  }

  /** Stop what runs. The next run has a new Python. */
  stop() {
    this.#runtime?.stop()
  }

  /** @param {Runtime} runtime */
  #listen(runtime) {
    runtime.addEventListener("loading", ({ detail }) => {
      if (this.state !== "loading") return
      this.progress = detail
      this.#be("loading", `Python is loading${loading(detail)}`)
    })
    runtime.addEventListener("ready", () => {
      this.progress = null
      if (this.state === "loading") this.#be("ready", "Python is ready")
    })
    runtime.addEventListener("failed", ({ detail }) => this.#failed(detail))
    runtime.addEventListener("stopped", ({ detail }) => {
      this.stops += 1
      this.dispatchEvent(new Event("stopped"))
      this.#be("ready", `${STOPPED[detail.cause] ?? detail.message}: variables are gone, your text is kept.`)
    })
    for (const kind of /** @type {const} */ (["report", "hint", "app", "exchange"])) {
      runtime.addEventListener(kind, ({ detail }) => this.dispatchEvent(new CustomEvent(kind, { detail })))
    }
    return runtime
  }

  /** @param {Pick<Failed, "error" | "reason">} failed */
  #failed({ error, reason }) {
    this.#starting = null
    /** @type {Partial<Record<Reason, string>>} */
    const said = {
      memory: "There is not enough memory for Python: close other tabs, then run the cell again.",
      network: navigator.onLine
        ? "Python could not be loaded. What you write is kept; run a cell to try again."
        : "You are offline, and Python is not in this browser yet. Everything can be read; run a cell to try again.",
      unsupported: "This browser cannot run Python. Everything can be read.",
    }
    this.#be("failed", said[reason] ?? `Python could not start (${error}). Run a cell to try again.`)
  }

  /**
   * @param {State} state
   * @param {string} told
   */
  #be(state, told) {
    this.state = state
    this.told = told
    this.dispatchEvent(new Event("state"))
  }
}

/** What a browser lacks that cannot do it, in words; "" if it can. */
function lacks() {
  if (typeof WebAssembly !== "object" || !WebAssembly.compileStreaming) return "WebAssembly"
  if (typeof DecompressionStream !== "function") return "DecompressionStream"
  let modules = false
  try {
    // Only a browser that knows of module workers reads the option; at this address there can be no worker.
    new Worker("http://[", {
      get type() {
        modules = true
        return /** @type {const} */ ("module")
      },
    })
  } catch {
    // The address, as meant.
  }
  return modules ? "" : "module workers"
}

/** Whether the reader asked for as few bytes as possible. */
function saves() {
  return Boolean(navigator.connection?.saveData || matchMedia("(prefers-reduced-data: reduce)").matches)
}

/** @param {Loading} progress */
function loading({ loaded, total, from }) {
  const megabytes = (/** @type {number} */ bytes) => (bytes / 1e6).toFixed(1)
  if (from === "memory" || !total) return ""
  return from === "cache"
    ? ` ${megabytes(total)} MB kept in this browser`
    : `: ${megabytes(loaded)} of ${megabytes(total)} MB`
}
