/** @import {Answer, AnswerPiece, Bytes, HeaderPairs, SocketPiece} from "../types.ts" */

/** @typedef {{path: string, query: string, hash: string}} Place in the app */

/**
 * Runs first in every page of an app. Such a page is a stranger to the site (its origin is opaque), so no request of its
 * own gets anywhere: what it asks goes as a message to the page around it, which passes it to Python. To the app's
 * own scripts all looks as on a server of its own: "/items", "localhost:8000/items" and the real address are one.
 *
 * The function is sent to the page as text, so it uses nothing from around it.
 *
 * @type {typeof import("./shim.js").shim}
 */
export function shim({ site, root, at }) {
  const host = new URL(site).host
  const LOCAL = /^(localhost|127(\.\d+){3}|\[::1\]|0\.0\.0\.0|testserver)$/
  const here = () => at ?? document.baseURI
  const NO_BODY = new Set([101, 103, 204, 205, 304])

  /**
   * Path and query of an address in the app; null if it is somebody else's.
   * @param {string | URL} address
   * @returns {Place | null}
   */
  function place(address) {
    const url = new URL(address, here())
    if (!/^(https?|wss?):$/.test(url.protocol)) return null
    if (url.host !== host && !LOCAL.test(url.hostname)) return null
    const inside = `${url.pathname}/`.startsWith(`${root}/`)
    return {
      path: (inside ? url.pathname.slice(root.length) : url.pathname) || "/",
      query: url.search.slice(1),
      hash: url.hash,
    }
  }
  /** @type {(place: Omit<Place, "hash"> & {hash?: string}) => string} */
  const real = ({ path, query, hash = "" }) => `${site}${root}${path}${query ? `?${query}` : ""}${hash}`
  /** @type {(message: object, ports?: MessagePort[]) => void} */
  const tell = (message, ports = []) => parent.postMessage(message, site, ports)

  /** @param {string} address */
  function otherHost(address) {
    console.warn(`${address}: pages of apps in this course ask no other host.`)
    return new TypeError(`${address} is on another host; pages of apps in this course ask none.`)
  }

  // fetch

  /**
   * @param {string} method
   * @param {Place} place
   * @param {HeaderPairs} headers
   * @param {Bytes | null} body
   * @param {AbortSignal} signal
   * @returns {Promise<Omit<Answer, "body"> & {stream: Answer["body"]}>}
   */
  function ask(method, { path, query }, headers, body, signal) {
    const { port1, port2 } = new MessageChannel()
    return new Promise((resolve, reject) => {
      /** @type {ReadableStreamDefaultController<Bytes>} */
      let pieces
      const open = { fail }
      /** @param {Error} error */
      function fail(error) {
        if (!pending.delete(open)) return
        port1.close()
        pieces.error(error)
        reject(error)
      }
      const leave = () => pending.has(open) && port1.postMessage("abort")
      pending.add(open)
      const stream = new ReadableStream({
        start: (controller) => (pieces = controller),
        cancel: () => (leave(), pending.delete(open), port1.close()),
      })
      signal.addEventListener("abort", () => (leave(), fail(signal.reason)))
      port1.onmessage = (/** @type {MessageEvent<AnswerPiece>} */ { data }) => {
        if (data.t === "start")
          resolve({ status: data.status, headers: data.headers, stream: NO_BODY.has(data.status) ? null : stream })
        else if (data.t === "chunk") data.b.length && pieces.enqueue(data.b)
        else if (data.t === "error") fail(new TypeError(data.message))
        else if (data.t === "end" && pending.delete(open)) {
          pieces.close()
          port1.close()
        }
      }
      tell({ course: "http", method, path, query, headers, body }, [port2])
    })
  }
  /** @type {Set<{fail: (error: Error) => void}>} */
  const pending = new Set()

  /** @type {typeof fetch} */
  async function liveFetch(input, init = {}) {
    const address = new URL(input instanceof Request ? input.url : input, here()).href
    if (/^(data|blob):/.test(address)) return nativeFetch(input, init)
    let to = place(address)
    if (!to) throw otherHost(address)
    const request = input instanceof Request ? new Request(input, init) : new Request(address, init)
    request.signal.throwIfAborted()
    /** @type {HeaderPairs} */
    const headers = [...request.headers]
    let { method } = request
    let body = ["GET", "HEAD"].includes(method) ? null : new Uint8Array(await request.arrayBuffer())
    for (let hops = 0; hops < 20; hops += 1) {
      const answer = await ask(method, to, headers, body, request.signal)
      const location = answer.headers.find(([name]) => name.toLowerCase() === "location")?.[1]
      if (location && [301, 302, 303, 307, 308].includes(answer.status) && request.redirect !== "manual") {
        if (request.redirect === "error") throw new TypeError("The app redirected.")
        to = place(new URL(location, real(to)))
        if (!to) throw otherHost(location)
        if (answer.status === 303 || (answer.status < 303 && method === "POST")) [method, body] = ["GET", null]
        continue
      }
      const response = new Response(answer.stream, { status: answer.status, headers: answer.headers })
      Object.defineProperties(response, { url: { value: real(to) }, redirected: { value: hops > 0 } })
      return response
    }
    throw new TypeError("The app redirects without end.")
  }
  const nativeFetch = window.fetch.bind(window)
  window.fetch = liveFetch
  navigator.sendBeacon = (address, data) => (liveFetch(address, { method: "POST", body: data }), true)

  // Events with both forms of listener

  /**
   * @param {EventTarget} target
   * @param {Event} event
   */
  function fire(target, event) {
    const handlers = /** @type {Record<string, ((event: Event) => void) | null>} */ (/** @type {unknown} */ (target))
    handlers[`on${event.type}`]?.call(target, event)
    target.dispatchEvent(event)
  }

  // XMLHttpRequest, over fetch

  class LiveRequest extends EventTarget {
    static UNSENT = 0
    static OPENED = 1
    static HEADERS_RECEIVED = 2
    static LOADING = 3
    static DONE = 4
    readyState = 0
    status = 0
    statusText = ""
    responseType = ""
    /** @type {unknown} as `responseType` says */
    response = ""
    responseText = ""
    responseURL = ""
    timeout = 0
    withCredentials = false
    upload = new EventTarget()
    #headers = new Headers()
    #answer = new Headers()
    #stop = new AbortController()
    #to = ["GET", ""]
    /**
     * @param {string} method
     * @param {string} address
     * @param {boolean} [later]
     */
    open(method, address, later = true) {
      if (!later) throw new DOMException("A request that blocks the page is not possible here.", "InvalidAccessError")
      this.#to = [method, address]
      this.#state(1)
    }
    /**
     * @param {string} name
     * @param {string} value
     */
    setRequestHeader(name, value) {
      this.#headers.append(name, value)
    }
    /** @param {string} name */
    getResponseHeader(name) {
      return this.#answer.get(name)
    }
    getAllResponseHeaders() {
      return [...this.#answer].map(([name, value]) => `${name}: ${value}\r\n`).join("")
    }
    overrideMimeType() {}
    abort() {
      this.#stop.abort()
    }
    /** @param {number} number */
    #state(number) {
      this.readyState = number
      fire(this, new Event("readystatechange"))
    }
    /** @param {BodyInit | null} body */
    async send(body = null) {
      const [method, address] = this.#to
      const timer = this.timeout ? setTimeout(() => this.#stop.abort("timeout"), this.timeout) : undefined
      let ending = "load"
      try {
        const answer = await liveFetch(address, { method, body, headers: this.#headers, signal: this.#stop.signal })
        Object.assign(this, { status: answer.status, statusText: answer.statusText, responseURL: answer.url })
        this.#answer = answer.headers
        this.#state(2)
        await this.#read(answer)
      } catch {
        const { aborted, reason } = this.#stop.signal
        ending = reason === "timeout" ? reason : aborted ? "abort" : "error"
        this.status = 0
      }
      clearTimeout(timer)
      this.#state(4)
      fire(this, new ProgressEvent(ending))
      fire(this, new ProgressEvent("loadend"))
    }
    /** @param {Response} answer */
    async #read(answer) {
      const parts = []
      const decoder = new TextDecoder()
      const text = ["", "text", "json"].includes(this.responseType)
      for (const reader = answer.body?.getReader(); reader; ) {
        const { done, value } = await reader.read()
        if (done) break
        parts.push(value)
        if (text) this.responseText += decoder.decode(value, { stream: true })
        if (this.responseType === "") this.response = this.responseText
        this.#state(3)
        fire(this, new ProgressEvent("progress", { loaded: parts.reduce((sum, part) => sum + part.length, 0) }))
      }
      const blob = new Blob(parts, { type: this.#answer.get("content-type") ?? "" })
      if (this.responseType === "json") this.response = JSON.parse(this.responseText || "null")
      else if (this.responseType === "blob") this.response = blob
      else if (this.responseType === "arraybuffer") this.response = await blob.arrayBuffer()
      else this.response = this.responseText
    }
  }
  Object.assign(window, { XMLHttpRequest: LiveRequest })

  // WebSocket

  class LiveSocket extends EventTarget {
    static CONNECTING = 0
    static OPEN = 1
    static CLOSING = 2
    static CLOSED = 3
    CONNECTING = 0
    OPEN = 1
    CLOSING = 2
    CLOSED = 3
    readyState = 0
    binaryType = "blob"
    protocol = ""
    extensions = ""
    bufferedAmount = 0
    #port
    #open = { fail: () => this.#end(1006, "") }
    #sent = Promise.resolve()
    /**
     * @param {string | URL} address
     * @param {string | string[]} protocols
     */
    constructor(address, protocols = []) {
      super()
      const url = new URL(address, here())
      const to = place(url)
      if (!to) throw otherHost(url.href)
      this.url = real(to).replace(/^http/, "ws")
      const { port1, port2 } = new MessageChannel()
      this.#port = port1
      pending.add(this.#open)
      port1.onmessage = (/** @type {MessageEvent<SocketPiece>} */ { data }) => {
        if (data.t === "open") {
          Object.assign(this, { readyState: 1, protocol: data.protocol ?? "" })
          fire(this, new Event("open"))
        } else if (data.t === "msg") {
          fire(this, new MessageEvent("message", { data: this.#shaped(data.d), origin: `ws://${host}` }))
        } else if (data.t === "close") {
          this.#end(data.code, data.reason ?? "")
        }
      }
      tell({ course: "ws", path: to.path, query: to.query, protocols: [protocols].flat(), headers: [] }, [port2])
    }
    /** @param {string | Bytes} data */
    #shaped(data) {
      if (typeof data === "string") return data
      return this.binaryType === "blob" ? new Blob([data]) : new Uint8Array(data).slice().buffer
    }
    /**
     * @param {number} code
     * @param {string} reason
     */
    #end(code, reason) {
      if (!pending.delete(this.#open)) return
      const refused = this.readyState === 0 || code === 1006
      this.readyState = 3
      this.#port.close()
      if (refused) fire(this, new Event("error"))
      fire(this, new CloseEvent("close", { code, reason, wasClean: code !== 1006 }))
    }
    /** @param {string | Blob | ArrayBuffer | ArrayBufferView} data */
    send(data) {
      if (this.readyState === 0) throw new DOMException("The connection is not open yet.", "InvalidStateError")
      const bytes =
        typeof data === "string"
          ? data
          : data instanceof Blob
            ? data.arrayBuffer().then((one) => new Uint8Array(one))
            : data instanceof ArrayBuffer
              ? new Uint8Array(data.slice(0))
              : new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice()
      this.#sent = this.#sent.then(async () => this.#port.postMessage({ t: "msg", d: await bytes }))
    }
    close(code = 1000, reason = "") {
      if (code !== 1000 && !(code >= 3000 && code <= 4999)) {
        throw new DOMException("A page closes with 1000, or 3000 to 4999.", "InvalidAccessError")
      }
      if (this.readyState > 1) return
      this.readyState = 2
      this.#sent = this.#sent.then(() => this.#port.postMessage({ t: "close", code, reason }))
    }
  }
  Object.assign(window, { WebSocket: LiveSocket })

  // Server-sent events

  class LiveEvents extends EventTarget {
    static CONNECTING = 0
    static OPEN = 1
    static CLOSED = 2
    readyState = 0
    withCredentials = false
    #stop = new AbortController()
    #last = ""
    #wait = 3000
    /** @param {string | URL} address */
    constructor(address) {
      super()
      this.url = new URL(address, here()).href
      this.#listen()
    }
    close() {
      this.readyState = 2
      this.#stop.abort()
    }
    async #listen() {
      while (this.readyState !== 2) {
        try {
          const headers = { accept: "text/event-stream", ...(this.#last && { "last-event-id": this.#last }) }
          const answer = await liveFetch(this.url, { headers, signal: this.#stop.signal })
          if (!answer.ok || !answer.body || !answer.headers.get("content-type")?.startsWith("text/event-stream")) {
            this.readyState = 2
          } else {
            this.readyState = 1
            fire(this, new Event("open"))
            await this.#read(answer.body.pipeThrough(new TextDecoderStream()).getReader())
          }
        } catch {
          // Broken off: tried again, as browsers do.
        }
        if (this.#stop.signal.aborted) return
        if (this.readyState !== 2) this.readyState = 0
        fire(this, new Event("error"))
        if (this.readyState !== 2) await new Promise((done) => setTimeout(done, this.#wait))
      }
    }
    /** @param {ReadableStreamDefaultReader<string>} reader */
    async #read(reader) {
      let text = ""
      const fresh = () => ({ type: "message", data: /** @type {string[]} */ ([]) })
      let event = fresh()
      for (;;) {
        const { done, value } = await reader.read()
        if (done) return
        text += value
        const lines = text.split(/\r\n|\n|\r(?!$)/)
        text = lines.pop() ?? ""
        for (const line of lines) {
          const [, field, content] = /^([^:]*):? ?(.*)$/.exec(line) ?? ["", "", ""]
          if (line === "") {
            if (event.data.length) {
              fire(this, new MessageEvent(event.type, { data: event.data.join("\n"), lastEventId: this.#last }))
            }
            event = fresh()
          } else if (field === "data") event.data.push(content)
          else if (field === "event") event.type = content || "message"
          else if (field === "id") this.#last = content
          else if (field === "retry" && /^\d+$/.test(content)) this.#wait = Number(content)
        }
      }
    }
  }
  Object.assign(window, { EventSource: LiveEvents })

  // What a stranger to its site may not touch would raise; here it works until the page is left.

  for (const name of ["localStorage", "sessionStorage"]) {
    /** @type {Map<string, string>} */
    const kept = new Map()
    const storage = {
      getItem: (/** @type {string} */ key) => kept.get(String(key)) ?? null,
      setItem: (/** @type {string} */ key, /** @type {string} */ value) => void kept.set(String(key), String(value)),
      removeItem: (/** @type {string} */ key) => void kept.delete(String(key)),
      clear: () => kept.clear(),
      key: (/** @type {number} */ index) => [...kept.keys()][index] ?? null,
      get length() {
        return kept.size
      },
    }
    Object.defineProperty(window, name, { value: storage, configurable: true })
  }
  Object.defineProperty(document, "cookie", { get: () => "", set: () => {}, configurable: true })

  // Pictures, styles and scripts that come later than the page itself

  const asBlob = async (/** @type {string} */ address) => URL.createObjectURL(await (await liveFetch(address)).blob())
  /** @param {string | null} address */
  const byApp = (address) => (address && !/^(data|blob|about|javascript):/i.test(address) ? place(address) : null)
  /** @type {[kind: {prototype: Element}, name: string][]} */
  const LATER = [
    [HTMLImageElement, "src"],
    [HTMLScriptElement, "src"],
    [HTMLMediaElement, "src"],
    [HTMLSourceElement, "src"],
    [HTMLLinkElement, "href"],
  ]
  for (const [kind, name] of LATER) {
    const { get, set } = Object.getOwnPropertyDescriptor(kind.prototype, name) ?? {}
    Object.defineProperty(kind.prototype, name, {
      get,
      set(address) {
        if (!byApp(String(address))) return set?.call(this, address)
        asBlob(address).then(
          (blob) => set?.call(this, blob),
          () => fire(this, new Event("error")),
        )
      },
    })
  }
  let title = ""
  /** @param {Node} node */
  function lookAt(node) {
    if (!(node instanceof Element)) return
    for (const one of [
      node,
      ...node.querySelectorAll("img[src], video[src], audio[src], source[src], link[rel=stylesheet][href]"),
    ]) {
      const name = one.matches("link[rel=stylesheet]") ? "href" : "src"
      if (!one.matches("img, video, audio, source, link[rel=stylesheet]")) continue
      const address = one.hasAttribute("data-course-file") ? "" : one.getAttribute(name)
      if (address && byApp(address))
        asBlob(address).then(
          (blob) => one.setAttribute(name, blob),
          () => {},
        )
    }
  }
  new MutationObserver((changes) => {
    for (const change of changes) for (const node of change.addedNodes) lookAt(node)
    if (document.title !== title) mine()
  }).observe(document, { childList: true, subtree: true })

  // Where links and forms lead

  /**
   * @param {Place} to
   * @param {string} [method]
   * @param {HeaderPairs} [headers]
   * @param {Bytes | null} [body]
   */
  const go = (to, method = "GET", headers = [], body = null) => tell({ course: "go", method, ...to, headers, body })
  addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a[href]") : null
    if (!link || event.defaultPrevented) return
    const address = link.getAttribute("href") ?? ""
    if (/^(#|data:|blob:|javascript:|mailto:)/i.test(address)) return
    const to = place(address)
    if (!to) Object.assign(link, { target: "_blank", rel: "noopener" })
    else if (!at || link.hasAttribute("download")) Object.assign(link, { href: real(to) })
    else {
      event.preventDefault()
      go(to)
    }
  })
  /**
   * @param {HTMLFormElement} form
   * @param {HTMLElement | null} [button]
   */
  async function submit(form, button) {
    const action = button?.getAttribute("formaction") ?? form.getAttribute("action") ?? ""
    const method = (button?.getAttribute("formmethod") ?? form.getAttribute("method") ?? "get").toUpperCase()
    const to = place(action || (at ?? location.href))
    if (!to) return
    const data = new FormData(form, button)
    const fields = new URLSearchParams(
      [...data].map(([name, value]) => [name, typeof value === "string" ? value : value.name]),
    )
    if (method === "GET") return go({ ...to, query: String(fields) })
    const sent = new Request("http://form/", { method, body: form.enctype === "multipart/form-data" ? data : fields })
    go(to, method, [...sent.headers], new Uint8Array(await sent.arrayBuffer()))
  }
  addEventListener("submit", (event) => {
    const form = event.target
    if (!(form instanceof HTMLFormElement) || event.defaultPrevented) return
    if (at) {
      event.preventDefault()
      submit(form, event.submitter)
    } else {
      const to = place(form.getAttribute("action") || location.href)
      if (to) form.action = real(to)
    }
  })
  if (at)
    HTMLFormElement.prototype.submit = function () {
      submit(this)
    }
  const nativeOpen = window.open.bind(window)
  window.open = (address = "", ...rest) => {
    const to = byApp(String(address))
    return nativeOpen(to ? real(to) : address, ...rest)
  }

  // What the page around is told, and tells

  function mine() {
    title = document.title
    tell({ course: "page", title, href: at ?? location.href })
  }
  addEventListener("DOMContentLoaded", mine)
  addEventListener("load", mine)
  addEventListener("hashchange", mine)
  addEventListener("securitypolicyviolation", ({ blockedURI }) => {
    if (/^https?:/.test(blockedURI) ? !place(blockedURI) : at && blockedURI === "inline") {
      tell({ course: "blocked", address: blockedURI })
    }
  })
  addEventListener("message", ({ source, data }) => {
    if (source !== parent || data?.course !== "stopped") return
    for (const open of [...pending]) open.fail(new TypeError("Python was stopped, and the app with it."))
  })
  tell({ course: "hello", href: at ?? location.href })
}

/**
 * The shim as a script for a page.
 * @type {typeof import("./shim.js").shimScript}
 * @returns {string} JavaScript, without anything that could end a <script>
 */
export const shimScript = (config) => `(${shim})(${JSON.stringify(config)})`.replaceAll("</", "<\\/")
