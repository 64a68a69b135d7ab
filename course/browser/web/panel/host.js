// The lesson's page as the owner of its apps: answers the service worker, and passes on what frames ask.

import { readAnswer, refuse } from "./answer.js"
import { lockOf, parseAddress, rootOf } from "./address.js"
import { register } from "./offline.js"
import { messageOf } from "../worker/errors.js"

/** @import {Answer, AppFacts, AppRequest, FromServiceWorker, Serving, SocketRequest, Tells, Wanted} from "../types.ts" */

const NAME = "course-page"

/**
 * @typedef {[kind: "http", request: AppRequest, port: MessagePort]
 *   | [kind: "ws", request: SocketRequest, port: MessagePort]} Pass
 */

/** Events: "mode" (how frames get their pages), "apps", "stopped". */
export class Host extends /** @type {new () => Tells<Record<"mode" | "apps" | "stopped", Event>>} */ (EventTarget) {
  /** How frames get their pages. @type {"starting"|"address"|"messages"} */
  mode = "starting"
  /** Why frames go by messages, for a reader. */
  why = ""
  /** Apps by name; the one served last is the last. @type {Map<string, AppFacts>} */
  apps = new Map()
  /** The app that the reader chose, where several are served. @type {Serving | null} */
  chosen = null
  /** What this page is called in the addresses of its apps; "" until it is decided. */
  page = ""
  /** @type {ServiceWorkerRegistration | null} */
  #registration = null
  #news = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("course-app")
  /** @type {Promise<Host> | null} */
  #ready = null
  /** Requests of this page that are open. @type {Set<AbortController>} */
  #open = new Set()

  /**
   * @param {import("../runtime.js").Runtime} runtime
   * @param {{live: string, lesson: string}} place `live`: address of <site>/live/; `lesson`: the lesson's slug
   */
  constructor(runtime, { live, lesson }) {
    super()
    this.runtime = runtime
    this.live = new URL(live, location.href).href
    this.lesson = lesson
    runtime.addEventListener("app", ({ detail }) => this.#served(detail))
    runtime.addEventListener("stopped", () => this.#stopped())
    addEventListener("pagehide", () => this.#tellTabs("closed"))
  }

  /** Decides, once, how frames get their pages. @returns {Promise<Host>} */
  start() {
    return (this.#ready ??= this.#start())
  }

  async #start() {
    this.page = await ownName(this.lesson)
    try {
      const registration = await register(this.live)
      navigator.serviceWorker.addEventListener("message", (event) => this.#heard(event))
      navigator.serviceWorker.startMessages()
      this.#registration = registration
      this.#own()
      this.mode = "address"
    } catch (error) {
      this.mode = "messages"
      this.why = messageOf(error)
    }
    this.dispatchEvent(new Event("mode"))
    return this
  }

  /** A frame did not come through the service worker: from now on without. @param {string} why */
  giveUpAddresses(why) {
    this.mode = "messages"
    this.why = why
    this.dispatchEvent(new Event("mode"))
  }

  /** @returns {Serving | null} the app served last, of those that serve still */
  get app() {
    return [...this.apps.values()].filter((app) => app.state === "serving").at(-1) ?? null
  }

  /** The app of that name, as long as it is served. @param {string} name @returns {Serving | null} */
  serving(name) {
    const facts = this.apps.get(name)
    return facts?.state === "serving" ? facts : null
  }

  /** The path below which an app lies, without a slash at its end. */
  root(app = "app") {
    return rootOf(this.live, this.page, app)
  }

  /**
   * The address of a page of an app.
   * @param {string} path
   * @param {string} [app]
   */
  address(path, app = "app") {
    return new URL(this.root(app) + path, this.live).href
  }

  /** What an address names in an app of this page; null: something else. @param {string} href */
  parse(href) {
    const to = parseAddress(this.live, href)
    return to?.page === this.page ? to : null
  }

  /**
   * Hands a request to an app; the answer comes through the port.
   * @param {Pass} asked
   */
  pass(...[kind, request, port]) {
    const why = this.#whyNot()
    if (why && kind === "http") return refuse(port, why)
    if (why) return port.postMessage({ t: "close", code: 1013, reason: why })
    if (kind === "http") this.runtime.http(request, port)
    else this.runtime.ws(request, port)
  }

  /**
   * Sends a request to an app. The body streams; leaving it ends the request.
   * @param {Wanted<Omit<AppRequest, "root">>} request
   * @param {AbortSignal} [signal]
   * @returns {Promise<Answer>}
   */
  ask({ method = "GET", path, query = "", headers = [], body = null, app = "app", from = "panel" }, signal) {
    const { port1, port2 } = new MessageChannel()
    const stop = new AbortController()
    this.#open.add(stop)
    signal?.addEventListener("abort", () => stop.abort(signal.reason))
    const root = from === "panel" ? "" : this.root(app)
    const answer = readAnswer(port1, { signal: stop.signal, onend: () => this.#open.delete(stop) })
    this.pass("http", { method, path, query, headers, body, app, root, from }, port2)
    return answer
  }

  #whyNot() {
    const { state } = this.runtime
    if (state === "loading") return "loading"
    if (state === "ready" || state === "running") return ""
    return "not-running"
  }

  /** @param {AppFacts} facts */
  #served(facts) {
    this.apps.delete(facts.name)
    this.apps.set(facts.name, facts)
    this.dispatchEvent(new Event("apps"))
  }

  #stopped() {
    this.apps.clear()
    for (const stop of [...this.#open]) stop.abort(new Error("Python was stopped, and the app with it."))
    this.#registration?.active?.postMessage({ course: "stopped", page: this.page })
    this.#tellTabs("stopped")
    this.dispatchEvent(new Event("stopped"))
    this.dispatchEvent(new Event("apps"))
  }

  /** @param {"closed" | "stopped"} event */
  #tellTabs(event) {
    this.#news?.postMessage({ course: event, page: this.page })
  }

  #own() {
    this.#registration?.active?.postMessage({ course: "own", page: this.page })
  }

  /** @param {MessageEvent<FromServiceWorker>} event */
  #heard({ data, ports }) {
    if (data.course === "kept" || data.page !== this.page) return
    if (data.course === "who") this.#own()
    else if (data.course === "http") {
      const { course, page, ...request } = data
      this.pass(course, { ...request, from: "frame" }, ports[0])
    } else {
      const { course, page, ...request } = data
      this.pass(course, { ...request, from: "frame" }, ports[0])
    }
  }
}

/**
 * A name for this page that no other page has, and that a reload keeps.
 * @param {string} lesson
 * @returns {Promise<string>} such as "01-first-api-k3x9fa"
 */
async function ownName(lesson) {
  const fresh = () =>
    `${lesson}-${Array.from(crypto.getRandomValues(new Uint8Array(6)), (one) => (one % 36).toString(36)).join("")}`
  let name
  try {
    name = sessionStorage.getItem(NAME)
  } catch {
    // Storage is blocked: a reload gets another name.
  }
  if (!name?.startsWith(`${lesson}-`)) name = fresh()
  // A tab that was duplicated has its twin's name; who holds the lock keeps it.
  while (!(await held(lockOf(name)))) name = fresh()
  try {
    sessionStorage.setItem(NAME, name)
  } catch {
    // As above.
  }
  return name
}

/**
 * @param {string} name
 * @returns {Promise<boolean>} whether the lock of that name was to be had
 */
function held(name) {
  if (!navigator.locks) return Promise.resolve(true)
  return new Promise((answer) => {
    navigator.locks.request(name, { ifAvailable: true }, (lock) => {
      answer(lock !== null)
      return lock && new Promise(() => {}) // until the page is gone
    })
  })
}
