// The page's handle on the worker in which Python runs.

import { messageOf } from "./worker/errors.js"

/**
 * @import {AppRequest, AnswerPiece, Bytes, Failed, Files, FromWorker, Job, Output, Ran, Ready, Reason,
 *   Report, RuntimeEvents, Seed, SocketPiece, SocketRequest, Stop, Tells, ToWorker, Wanted, Way} from "./types.ts"
 */

/**
 * @typedef {{resolve: (ran: Ran) => void, reject: (error: Error) => void, onoutput?: (output: Output) => void,
 *   outputs: Output[], report?: Report}} Running a job that the worker has
 */

const LIMIT = 10
const PING = 500

/** The code was stopped before it came to its end; what it had defined is lost. */
export class Stopped extends Error {
  /**
   * @param {Stop["cause"]} cause
   * @param {string} message
   */
  constructor(cause, message) {
    super(message)
    this.name = "Stopped"
    this.cause = cause
  }
}

/** The runtime could not start. */
export class NotStarted extends Error {
  /**
   * @param {string} message
   * @param {Reason} reason
   */
  constructor(message, reason) {
    super(message)
    this.name = "NotStarted"
    this.reason = reason
  }
}

/**
 * Events: "loading", "ready", "failed", "fallback", "report", "hint", "app", "exchange", "stopped"; what they tell is
 * in `detail`, the worker's message.
 */
export class Runtime extends /** @type {new () => Tells<RuntimeEvents>} */ (EventTarget) {
  /** @type {Worker | null} */
  #worker = null
  /** @type {Promise<Ready> | null} */
  #started = null
  /** @type {{resolve: (ready: Ready) => void, reject: (error: Error) => void} | null} */
  #settle = null
  /** @type {Worker[]} */
  #loaders = []
  /** @type {Seed | null} */
  #seed = null
  /** @type {Map<number, Running>} */
  #runs = new Map()
  /** @type {Promise<unknown>} */
  #queue = Promise.resolve()
  #numbers = 0
  #anew = false
  /** @type {{pong: () => void, end: () => void} | null} */
  #watch = null
  #abandoned = new AbortController()

  /**
   * @param {{base: string, lesson: string, way?: Way | "auto", limit?: number}} options
   *   base: address of the folder `live/`; limit: seconds that Python may run without a turn of its loop
   */
  constructor({ base, lesson, way = "auto", limit = LIMIT }) {
    super()
    this.base = new URL(base, globalThis.location?.href).href
    this.lesson = lesson
    this.way = way
    this.limit = limit
    /** @type {"idle"|"loading"|"ready"|"running"|"failed"} */
    this.state = "idle"
  }

  /** Start, once; after a failure, again. @returns {Promise<Ready>} */
  start() {
    if (this.state === "failed") this.#started = null
    return (this.#started ??= this.#boot())
  }

  #boot() {
    this.state = "loading"
    /** @type {Promise<Ready>} */
    const started = new Promise((resolve, reject) => (this.#settle = { resolve, reject }))
    started.catch(() => {}) // told by the event too
    let worker
    try {
      worker = this.#worker = this.#newWorker("python")
    } catch (error) {
      this.#failed({ type: "failed", error: messageOf(error), reason: "unsupported" })
      return started
    }
    worker.onmessage = ({ data }) => worker === this.#worker && this.#receive(data)
    worker.onerror = (event) => worker === this.#worker && this.#broken(event)
    const { base, lesson, way } = this
    const wish = /** @type {const} */ ({ type: "boot", base, lesson, way, anew: this.#anew })
    if (this.#seed) this.#post({ ...wish, seed: this.#seed })
    else {
      const ports = ["wasm", "python"].map((kind) => this.#load(`loader of ${kind}`))
      this.#post({ ...wish, seed: null, ports }, ports)
    }
    return started
  }

  /**
   * @param {ToWorker} message
   * @param {Transferable[]} [moved]
   */
  #post(message, moved = []) {
    if (!this.#worker) throw new Error("Python does not run")
    this.#worker.postMessage(message, moved)
  }

  /** @param {string} name */
  #newWorker(name) {
    const address = new URL(WORKER, this.base)
    if (this.#anew) address.search = `again=${Date.now()}`
    return new Worker(address, { type: "module", name })
  }

  /** Start a worker that downloads; gives the port to it. @param {string} name */
  #load(name) {
    const { port1, port2 } = new MessageChannel()
    const loader = this.#newWorker(name)
    this.#loaders.push(loader)
    loader.onerror = (event) => this.#loaders.includes(loader) && this.#broken(event)
    loader.postMessage({ type: "load", port: port1 }, [port1])
    return port2
  }

  #endLoaders() {
    for (const loader of this.#loaders) loader.terminate()
    this.#loaders = []
  }

  /** A worker could not be loaded, or did what its own code does not expect. @param {ErrorEvent} event */
  #broken(event) {
    event.preventDefault()
    const error = event.message || "the worker could not be loaded"
    if (this.state === "loading") this.#failed({ type: "failed", error, reason: event.message ? "other" : "network" })
    else this.#end("crash", `Python came to an end by itself: ${error}`)
  }

  /** @param {FromWorker} message */
  #receive(message) {
    switch (message.type) {
      case "ready":
        if (message.seed) this.#seed = message.seed
        this.#anew = false
        this.#endLoaders()
        this.state = "ready"
        this.#watch = this.#watching()
        this.#settle?.resolve(message)
        this.#tell(message)
        break
      case "failed":
        this.#failed(message)
        break
      case "output": {
        const run = this.#runs.get(message.id)
        run?.outputs.push(message.output)
        run?.onoutput?.(message.output)
        break
      }
      case "done": {
        const run = this.#runs.get(message.id)
        this.#runs.delete(message.id)
        run?.resolve({ ok: message.ok, ms: message.ms, outputs: run.outputs, report: run.report })
        break
      }
      case "broken": {
        // The interpreter itself gave up, of memory most likely: it is of no more use.
        const text =
          message.reason === "memory" ? "Python has no memory left" : `Python came to an end: ${message.error}`
        this.#end("crash", text, message.reason)
        break
      }
      case "pong":
        this.#watch?.pong()
        break
      case "report": {
        const run = this.#runs.get(message.id)
        if (run) run.report = message.report
        this.#tell(message)
        break
      }
      default:
        this.#tell(message)
    }
  }

  /** @param {Failed} message */
  #failed(message) {
    if (message.damaged && !this.#anew) return this.#again(message)
    this.state = "failed"
    // That it was not there may lie in the browser's cache too.
    this.#anew = message.reason === "network"
    this.#endLoaders()
    this.#worker?.terminate()
    this.#worker = null
    this.#settle?.reject(new NotStarted(message.error, message.reason))
    this.#tell(message)
  }

  /** Once more, past the browser's cache, which may hold what came damaged. @param {Failed} message */
  #again(message) {
    this.#anew = true
    this.#tell({ type: "fallback", error: message.error })
    this.#endLoaders()
    this.#worker?.terminate()
    const settle = this.#settle
    this.#boot().then(settle?.resolve, settle?.reject)
  }

  /** @param {FromWorker | Stop} message */
  #tell(message) {
    this.dispatchEvent(new CustomEvent(message.type, { detail: message }))
  }

  /**
   * Run one cell; runs wait for each other.
   * @param {string} code
   * @param {{cell?: string, name?: string, files?: Files, onoutput?: (output: Output) => void}} [options]
   * @returns {Promise<Ran>}
   * @throws {Stopped|NotStarted}
   */
  run(code, { cell, name, files, onoutput } = {}) {
    return this.#job({ type: "run", code, cell, name, files }, onoutput)
  }

  /**
   * Judge the app of "Build it".
   * @param {string} task
   * @param {Files} files
   */
  async check(task, files) {
    return (await this.#job({ type: "check", task, files })).report
  }

  /**
   * @param {Job} message
   * @param {(output: Output) => void} [onoutput]
   * @returns {Promise<Ran>}
   */
  #job(message, onoutput) {
    const { signal } = this.#abandoned
    const job = this.#queue.then(async () => {
      if (signal.aborted) throw signal.reason
      await this.start()
      if (signal.aborted) throw signal.reason
      const id = ++this.#numbers
      this.state = "running"
      try {
        return await new Promise((resolve, reject) => {
          this.#runs.set(id, { resolve, reject, onoutput, outputs: [] })
          this.#post({ ...message, id })
        })
      } finally {
        if (!signal.aborted) this.state = "ready"
      }
    })
    this.#queue = job.catch(() => {})
    return job
  }

  /**
   * Asks the worker again and again whether its loop turns, and ends it when it has not for too long: a cell may hold
   * it, and so may an app that answers somebody else. What counts is the time in which it was asked: a computer that
   * slept meanwhile asked nothing.
   */
  #watching() {
    let asked = false
    let silent = 0
    let last = performance.now()
    const timer = setInterval(() => {
      const now = performance.now()
      if (asked) silent += Math.min(now - last, 2 * PING)
      else this.#post({ type: "ping" })
      asked = true
      last = now
      if (silent <= this.limit * 1000) return
      const text = `It ran for ${this.limit} seconds without a pause, as an endless loop does, and was stopped.`
      this.#end("limit", text)
    }, PING)
    const pong = () => {
      asked = false
      silent = 0
    }
    return { pong, end: () => clearInterval(timer) }
  }

  /** Stop what runs, and start anew from memory. Variables are lost. @returns {Promise<Ready>} as `start` */
  stop() {
    return this.#end("asked", "Stopped.")
  }

  /**
   * @param {Stop["cause"]} cause
   * @param {string} message
   * @param {Reason} [reason]
   */
  #end(cause, message, reason) {
    this.#watch?.end()
    this.#endLoaders()
    this.#worker?.terminate()
    this.#worker = null
    this.#started = null
    if (this.state !== "failed") this.state = "idle"
    const error = new Stopped(cause, message)
    const abandoned = this.#abandoned
    this.#abandoned = new AbortController()
    abandoned.abort(error)
    for (const run of this.#runs.values()) run.reject(error)
    this.#runs.clear()
    this.#settle?.reject(error)
    this.#tell({ type: "stopped", cause, message, reason })
    return this.start()
  }

  /**
   * Hand a request to the app; its answer comes through the port.
   * @param {AppRequest} request
   * @param {MessagePort} port
   */
  http(request, port) {
    if (this.#takes) this.#post({ ...request, type: "http", port }, [port])
    else {
      port.postMessage({ t: "start", status: 503, headers: [] })
      port.postMessage({ t: "end" })
    }
  }

  /**
   * Hand a WebSocket to the app; messages go both ways through the port.
   * @param {SocketRequest} request
   * @param {MessagePort} port
   */
  ws(request, port) {
    if (this.#takes) this.#post({ ...request, type: "ws", port }, [port])
    else port.postMessage({ t: "close", code: 1012, reason: "Python does not run" })
  }

  get #takes() {
    return this.#worker && this.state !== "failed" && this.state !== "idle"
  }

  /**
   * Send a request to the app.
   * @param {Wanted<AppRequest>} request
   * @returns {Promise<Response>} its body streams; leaving it ends the request
   */
  async request({ method = "GET", path, query = "", headers = [], body = null, root = "", app, from = "panel" }) {
    await this.start()
    const { port1, port2 } = new MessageChannel()
    /** @type {Promise<Response>} */
    const answer = new Promise((resolve, reject) => {
      /** @type {ReadableStreamDefaultController<Bytes>} */
      let body
      let open = true
      const { signal } = this.#abandoned
      const stopped = () => {
        if (!open) return
        open = false
        port1.close()
        reject(signal.reason)
        body.error(signal.reason)
      }
      signal.addEventListener("abort", stopped)
      const end = () => {
        open = false
        signal.removeEventListener("abort", stopped)
        port1.close()
      }
      const stream = new ReadableStream({
        start: (controller) => (body = controller),
        cancel: () => {
          port1.postMessage("abort")
          end()
        },
      })
      port1.onmessage = (/** @type {MessageEvent<AnswerPiece>} */ { data }) => {
        if (!open) return
        if (data.t === "start") {
          const empty = [101, 204, 205, 304].includes(data.status)
          const kept = data.headers.filter(([name]) => name.toLowerCase() !== "content-length")
          resolve(new Response(empty ? null : stream, { status: data.status, headers: kept }))
        } else if (data.t === "chunk") {
          body.enqueue(data.b)
        } else if (data.t === "error") {
          end()
          reject(new Error(data.message))
          body.error(new Error(data.message))
        } else if (data.t === "end") {
          end()
          body.close()
        }
      }
    })
    this.http({ method, path, query, headers, body, root, app, from }, port2)
    return answer
  }

  /** Open a WebSocket to the app. @param {Wanted<SocketRequest>} request */
  socket({ path, query = "", protocols = [], headers = [], root = "", app, from = "panel" }) {
    const { port1, port2 } = new MessageChannel()
    const socket = new AppSocket(port1, path)
    this.#abandoned.signal.addEventListener("abort", () => socket.end(1012, "Python was stopped"))
    this.start().then(
      () => this.ws({ path, query, protocols, headers, root, app, from }, port2),
      (error) => socket.end(1012, error.message),
    )
    return socket
  }
}

/**
 * @typedef {{open: Event, message: MessageEvent<string | Bytes>, close: CloseEvent & {status?: number}}} SocketEvents
 */

/** What code knows of a WebSocket, without one: events "open", "message", "close", and `send`, `close`. */
export class AppSocket extends /** @type {new () => Tells<SocketEvents>} */ (EventTarget) {
  #port
  readyState = 0
  protocol = ""

  /**
   * @param {MessagePort} port
   * @param {string} url
   */
  constructor(port, url) {
    super()
    this.#port = port
    this.url = url
    port.onmessage = (/** @type {MessageEvent<SocketPiece>} */ { data }) => {
      if (data.t === "open") {
        this.readyState = 1
        this.protocol = data.protocol ?? ""
        this.dispatchEvent(new Event("open"))
      } else if (data.t === "msg") {
        this.dispatchEvent(new MessageEvent("message", { data: data.d }))
      } else if (data.t === "close") {
        this.end(data.code, data.reason, data.status)
      }
    }
  }

  /** @param {string|Uint8Array} data */
  send(data) {
    if (this.readyState === 1) this.#port.postMessage({ t: "msg", d: data })
  }

  close(code = 1000, reason = "") {
    if (this.readyState > 1) return
    this.#port.postMessage({ t: "close", code, reason })
    this.end(code, reason)
  }

  /**
   * @param {number} code
   * @param {string} [reason]
   * @param {number} [status] of the answer with which the app refused
   */
  end(code, reason, status) {
    if (this.readyState === 3) return
    this.readyState = 3
    this.#port.close()
    this.dispatchEvent(Object.assign(new CloseEvent("close", { code, reason, wasClean: code === 1000 }), { status }))
  }
}
