// A frame with a page of an app: at its real address where there is a service worker, else by messages.

import { bridge, siteAddress } from "./bridge.js"
import { header } from "./answer.js"
import { rewriteHtml } from "./rewrite.js"
import { WORDS } from "./words.js"
import { messageOf } from "../worker/errors.js"

/** @import {Answer, FrameRequest, Shown, Tells} from "../types.ts" */

/** How long a page of an app has to begin before the service worker counts as blocked, in ms. */
const PATIENCE = 10_000
/** The widest sandbox that leaves a page a stranger to the site; see SANDBOX in sw-apps.js. */
const SANDBOX = "allow-scripts allow-forms allow-downloads allow-popups allow-popups-to-escape-sandbox"

/** @typedef {{page: Event, blocked: CustomEvent<string>, lost: Event}} FrameEvents */

/**
 * Events: "page" (it shows another page: `href`, `title`), "blocked" (`detail`: what it asked of another host, or
 * "inline" for its own scripts), "lost" (it went where only a server could answer).
 */
export class AppFrame extends /** @type {new () => Tells<FrameEvents>} */ (EventTarget) {
  /** Address of the page that it shows; where there is no service worker it is one in name only. */
  href = ""
  title = ""
  #host
  /** @type {ReturnType<typeof bridge>} */
  #bridge
  #said = false
  #turn = 0

  /**
   * @param {import("./host.js").Host} host
   * @param {{app?: string, label: string}} options `label`: what a screen reader calls the frame
   */
  constructor(host, { app = "app", label }) {
    super()
    this.#host = host
    /** The app whose pages it shows: what serve() calls it. */
    this.app = app
    this.element = Object.assign(document.createElement("iframe"), { className: "course-frame", title: label })
    this.element.setAttribute("allow", "")
    this.#bridge = this.#listen()
    this.stopped = () => this.#bridge.tell({ course: "stopped" })
    host.addEventListener("stopped", this.stopped)
  }

  #listen() {
    return bridge(this.element, {
      pass: (...[kind, request, port]) => {
        const app = this.app
        const whose = /** @type {const} */ ({ app, root: this.#host.root(app), from: "frame" })
        if (kind === "http") this.#host.pass(kind, { ...request, ...whose }, port)
        else this.#host.pass(kind, { ...request, ...whose }, port)
      },
      onhello: () => {
        this.#said = true
      },
      onpage: ({ title, href }) => {
        if (!this.#host.parse(href)) return
        Object.assign(this, { title, href })
        this.dispatchEvent(new Event("page"))
      },
      onblocked: (address) => this.dispatchEvent(new CustomEvent("blocked", { detail: address })),
      ongo: (request) => this.#load(request),
    })
  }

  /**
   * Shows a page of the app.
   * @param {string} path with its query
   */
  async go(path) {
    const turn = (this.#turn += 1)
    await this.#host.start()
    if (turn !== this.#turn) return
    this.href = this.#host.address(path, this.app)
    if (this.#host.mode === "address") this.#navigate(path, turn)
    else this.#load(this.#split(path))
    this.dispatchEvent(new Event("page"))
  }

  /**
   * @param {string} path with its query
   * @returns {FrameRequest}
   */
  #split(path) {
    const url = new URL(path, "http://app")
    return { method: "GET", path: url.pathname, query: url.search.slice(1), headers: [], body: null }
  }

  close() {
    this.#turn += 1
    this.#bridge.close()
    this.#host.removeEventListener("stopped", this.stopped)
    this.element.remove()
  }

  // By its address

  /**
   * @param {string} path
   * @param {number} turn
   */
  #navigate(path, turn) {
    let loaded = false
    this.#said = false
    this.element.removeAttribute("sandbox") // its answer carries the sandbox: see sw-apps.js
    this.element.onload = () => {
      loaded = true
      const where = siteAddress(this.element)
      if (!where || turn !== this.#turn) return
      // A page of the site's own origin in the frame. Either the app's page went to "/items", which is outside of what
      // the service worker sees, and means its own; or the service worker did not see the request.
      if (!this.#host.parse(where)) this.go(where.slice(new URL(where).origin.length))
      else this.#give(path, turn)
    }
    this.element.src = this.href
    setTimeout(() => {
      const answers = ["ready", "running"].includes(this.#host.runtime.state)
      if (!this.#said && !loaded && answers) this.#give(path, turn)
    }, PATIENCE)
  }

  /**
   * @param {string} path
   * @param {number} turn
   */
  #give(path, turn) {
    if (turn !== this.#turn || this.#host.mode === "messages") return
    this.#host.giveUpAddresses("This browser does not let the service worker answer.")
    this.go(path)
  }

  // By messages

  /** @param {FrameRequest} request */
  async #load(request) {
    const turn = (this.#turn += 1)
    /** @type {Shown & {at?: string}} */
    let shown
    try {
      shown = await this.#answered(request)
    } catch (error) {
      shown = { text: messageOf(error) }
    }
    if (turn !== this.#turn) return
    await this.#blank()
    if (turn !== this.#turn) return
    this.href = shown.at ?? this.href
    const at = this.href
    this.#bridge.tell({ course: "document", site: location.origin, root: this.#host.root(this.app), at, ...shown })
    this.dispatchEvent(new Event("page"))
  }

  /** Loads the empty page that waits to be told what to show. @returns {Promise<void>} */
  #blank() {
    this.element.setAttribute("sandbox", SANDBOX)
    return new Promise((done) => {
      this.element.onload = () => {
        this.element.onload = () => this.dispatchEvent(new Event("lost")) // it went where only a server could answer
        done()
      }
      this.element.src = `${new URL("panel/fallback.html", this.#host.live).href}?${this.#turn}`
    })
  }

  /**
   * What fallback.js is told to show.
   * @param {FrameRequest} request
   * @returns {Promise<Shown & {at: string}>}
   */
  async #answered(request) {
    const app = this.#host.serving(this.app)
    /** @type {(path: string, query?: string) => string} */
    const at = (path, query = "") => this.#host.address(path + (query ? `?${query}` : ""), this.app)
    for (const kind of /** @type {const} */ (["docs", "redoc"])) {
      // The static page for these works under a Content-Security-Policy without inline scripts, too.
      if (app?.openapi && app[kind] === request.path) {
        return {
          kind,
          openapi: app.openapi,
          title: app.title,
          at: at(request.path),
          files: new URL("../lessons/openapi/", this.#host.live).href,
        }
      }
    }
    let { method, path, query, headers, body } = request
    for (let hops = 0; hops < 20; hops += 1) {
      const answer = await this.#host.ask({ method, path, query, headers, body, app: this.app, from: "frame" })
      const location = header(answer.headers, "location")
      if (!location || ![301, 302, 303, 307, 308].includes(answer.status)) {
        return { ...(await this.#document(answer, at(path, query))), at: at(path, query) }
      }
      const url = new URL(location, at(path, query))
      const root = this.#host.root(this.app)
      path = `${url.pathname}/`.startsWith(`${root}/`) ? url.pathname.slice(root.length) || "/" : url.pathname
      query = url.search.slice(1)
      if (answer.status < 307) [method, body, headers] = ["GET", null, []]
    }
    throw new Error("The app redirects without end.")
  }

  /**
   * @param {Answer} answer
   * @param {string} here its address
   * @returns {Promise<Shown>}
   */
  async #document(answer, here) {
    const why = header(answer.headers, "x-course")
    if (why) return { text: `${WORDS[why]?.title ?? why}. ${WORDS[why]?.text ?? ""}` }
    const type = header(answer.headers, "content-type")
    const response = new Response(answer.body, { headers: { "content-type": type } })
    if (!/^text\/html/i.test(type)) {
      if (!type.startsWith("image/")) return { text: await response.text() }
      return { image: await response.blob() }
    }
    const sources = {
      site: location.origin,
      root: this.#host.root(this.app),
      own: new URL("../lessons/openapi/", this.#host.live).href,
      file: (/** @type {string} */ address) => fetch(address),
      app: async (/** @type {string} */ place) => {
        const { path, query } = this.#split(place)
        const got = await this.#host.ask({ path, query, app: this.app, from: "frame" })
        return new Response(got.body, { status: got.status, headers: got.headers })
      },
    }
    if (!response.body) return { html: "" } // 204, for one
    const text = response.body.pipeThrough(new TextDecoderStream()).pipeThrough(rewriteHtml(here, sources, ""))
    let html = ""
    for (const reader = text.getReader(); ; ) {
      const { done, value } = await reader.read()
      if (done) return { html }
      html += value
    }
  }
}
