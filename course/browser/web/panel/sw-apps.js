// Service worker, first half: addresses of apps. The app itself runs in a worker of the lesson's page, so a request is
// handed to that page with a MessagePort through which the answer comes, straight from Python.
//
// The browser stops a service worker whenever it likes. So nothing is remembered here that cannot be asked again:
// which page an address belongs to stands in the address, and the page answers when it is called by that name.

import { lessonOf, lockOf, parseAddress, rootOf } from "./address.js"
import { header, readAnswer, refuse } from "./answer.js"
import { rewriteHtml } from "./rewrite.js"
import { shimScript } from "./shim.js"
import { fetchFile } from "./sw-files.js"
import { wordsPage } from "./words.js"

/** @import {AppAddress, FrameRequest, ToServiceWorker} from "../types.ts" */
/** @import {Sources} from "./rewrite.js" */

/** @typedef {() => void} Over called when the answer has ended */

const SITE = new URL("./", self.location.href)
const LIVE = new URL("live/", SITE).href
const OWN = new URL("lessons/openapi/", SITE).href

/** What an app may call itself: it believes to be served on a desk. */
const LOCAL = /^(localhost|127(\.\d+){3}|\[::1\]|0\.0\.0\.0|testserver)$/

/** How long until a page that has not said that a name is its own is asked again, in ms. */
const CALL = 1000
/** How long an app has to begin its answer, and a busy page to say its name, in ms. */
const PATIENCE = 60_000

/**
 * What a page of an app may do. It is sandboxed by its own answer and not by its frame, for two reasons: browsers do not
 * show the navigation of a sandboxed frame to a service worker, and so it holds in a tab of its own as well.
 *
 * Without allow-same-origin its origin is opaque. It cannot read the storage, the cookies or the databases of the site,
 * cannot reach into the page around it, and its own requests pass by the service worker. All that Swagger UI needs
 * goes through the shim instead. `allow-popups-to-escape-sandbox`: a link to a new tab leads to an ordinary page, or to
 * an app page with its own sandbox. No top navigation, no dialogs, no pointer lock.
 * What it loads is part of it (data:, blob:); it can ask nobody, neither the site nor another host.
 */
const SANDBOX = [
  "sandbox allow-scripts allow-forms allow-downloads allow-popups allow-popups-to-escape-sandbox",
  "default-src 'none'",
  "script-src 'unsafe-inline' 'unsafe-eval' data: blob:",
  "style-src 'unsafe-inline' data: blob:",
  "img-src data: blob:",
  "font-src data: blob:",
  "media-src data: blob:",
  "connect-src data: blob:",
  "worker-src blob:",
  `form-action ${LIVE}app/`,
  "base-uri 'none'",
].join("; ")

/** What the page around an app in a tab may do: show the site's own script, and the app in a frame. */
const TAB =
  "default-src 'none'; script-src 'self'; style-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'"

/** Headers of an app that speak about a server's place in the world, or that a service worker cannot give. */
const DROPPED =
  /^(content-length|content-encoding|transfer-encoding|connection|set-cookie|content-security-policy(-report-only)?|x-frame-options|cross-origin-[a-z-]+|strict-transport-security|clear-site-data|service-worker-allowed|refresh)$/i

/** @type {Map<string, string>} page -> id of its client */
const owners = new Map()
/** @type {Map<string, Set<() => void>>} page -> who waits for it to answer a call */
const callers = new Map()
/** @type {Map<string, Set<AbortController>>} page -> its running requests */
const running = new Map()

/**
 * Whether a request is for an app. A page of an app that asks for an address beside its own, "/items" say, means its app.
 * @param {Request} request
 */
export function isApp(request) {
  return parseAddress(LIVE, request.url) !== null || strayed(request) !== null
}

/** @param {Request} request */
function strayed(request) {
  if (request.mode !== "navigate" || request.destination !== "iframe" || !request.referrer) return null
  return parseAddress(LIVE, request.referrer)
}

/** @param {FetchEvent} event */
export function answerApp(event) {
  const { request } = event
  const to = parseAddress(LIVE, request.url)
  if (!to) {
    const { root } = /** @type {AppAddress} */ (strayed(request)) // see isApp
    const url = new URL(request.url)
    event.respondWith(Response.redirect(root + url.pathname + url.search, 307))
  } else if (request.mode === "navigate" && request.destination === "document" && request.method === "GET") {
    event.respondWith(tab())
  } else {
    /** @type {Over} */
    let over = () => {}
    event.waitUntil(/** @type {Promise<void>} */ (new Promise((done) => (over = done)))) // keeps this worker while it streams
    event.respondWith(answer(request, to, over).catch(() => problem(request, to, "stopped", over)))
  }
}

/**
 * @param {Request} request
 * @param {AppAddress} to
 * @param {Over} over
 * @returns {Promise<Response>}
 */
async function answer(request, to, over) {
  const owner = await findOwner(to.page)
  if (!owner) return problem(request, to, "closed", over)
  const body = ["GET", "HEAD"].includes(request.method) ? null : new Uint8Array(await request.arrayBuffer())
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(new DOMException("", "TimeoutError")), PATIENCE)
  let told
  try {
    told = await ask(owner, to, { method: request.method, headers: headersOf(request), body }, late, over)
  } catch (error) {
    return problem(request, to, Object(error).name === "TimeoutError" ? "late" : "stopped", over)
  } finally {
    clearTimeout(timer)
  }
  const why = header(told.headers, "x-course")
  if (why) return problem(request, to, why, over)
  const headers = new Headers(told.headers.filter(([name]) => !DROPPED.test(name)))
  if (request.mode !== "navigate") return new Response(told.body, { status: told.status, headers })
  headers.set("content-security-policy", SANDBOX)
  headers.set("referrer-policy", "unsafe-url") // so that `strayed` knows who asks; only this site is ever asked
  headers.set("cache-control", "no-store")
  const location = headers.get("location")
  if (location) headers.set("location", inside(location, request.url, to.root))
  /** @type {ReadableStream<BufferSource> | null} */
  let stream = told.body
  const packed = header(told.headers, "content-encoding")
  if (stream && /^(gzip|deflate)$/.test(packed))
    stream = stream.pipeThrough(new DecompressionStream(/** @type {CompressionFormat} */ (packed)))
  if (stream && /^text\/html/i.test(headers.get("content-type") ?? "")) {
    stream = stream
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(rewriteHtml(request.url, sources(owner, to), shimScript({ site: SITE.origin, root: to.root })))
      .pipeThrough(new TextEncoderStream())
    headers.set("content-type", "text/html; charset=utf-8")
  }
  return new Response(stream, { status: told.status, headers })
}

// Without what a browser says of itself in each request: the log is for reading.
/** @param {Request} request */
const headersOf = (request) => [...request.headers].filter(([name]) => !/^(sec-|upgrade-insecure-requests$)/.test(name))

/**
 * Hands a request to the page of an app.
 * @param {Client} owner
 * @param {AppAddress} to
 * @param {Omit<FrameRequest, "path" | "query"> & {path?: string, query?: string}} request
 * @param {AbortController} stop
 * @param {Over} onend
 */
function ask(owner, to, { method, headers, body, path = to.path, query = to.query }, stop, onend) {
  const { port1, port2 } = new MessageChannel()
  const controllers = running.get(to.page) ?? new Set()
  running.set(to.page, controllers.add(stop))
  owner.postMessage({ course: "http", page: to.page, app: to.app, root: to.root, method, path, query, headers, body }, [
    port2,
  ])
  return readAnswer(port1, {
    signal: stop.signal,
    onend: () => {
      controllers.delete(stop)
      onend()
    },
  })
}

/**
 * @param {Client} owner
 * @param {AppAddress} to
 * @returns {Sources}
 */
function sources(owner, to) {
  return {
    site: SITE.origin,
    root: to.root,
    own: OWN,
    file: fetchFile,
    app: async (place) => {
      const [path, query = ""] = place.split(/\?(.*)/s)
      const told = await ask(
        owner,
        to,
        { method: "GET", headers: [], body: null, path, query },
        new AbortController(),
        () => {},
      )
      return new Response(told.body, { status: told.status, headers: told.headers })
    },
  }
}

/**
 * Where a redirect leads: the app takes "/docs" for its own root, and itself for a server on this machine.
 * @param {string} location
 * @param {string} from the address that was asked
 * @param {string} root
 */
function inside(location, from, root) {
  const url = new URL(location, from)
  if (url.origin !== SITE.origin && !LOCAL.test(url.hostname)) return url.href
  const within = `${url.pathname}/`.startsWith(`${root}/`)
  return new URL((within ? "" : root) + url.pathname + url.search + url.hash, SITE).href
}

// Owners

/** @param {string} page */
async function findOwner(page) {
  const end = Date.now() + PATIENCE
  while (Date.now() < end) {
    const id = owners.get(page)
    const known = id && (await self.clients.get(id))
    if (known) return known
    owners.delete(page)
    if (!(await isOpen(page))) return null
    await called(page)
  }
  return null
}

/** Whether there is a page of that name, however busy it is: each holds a lock. @param {string} page */
async function isOpen(page) {
  const { held } = await navigator.locks.query()
  return (held ?? []).some(({ name }) => name === lockOf(page))
}

/** Asks all pages of the site whose name that is; resolves when one has answered, or after a while. @param {string} page */
async function called(page) {
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true })
  const waiting = callers.get(page) ?? new Set()
  callers.set(page, waiting)
  /** @type {Promise<void>} */
  const heard = new Promise((done) => {
    waiting.add(done)
    const timer = setTimeout(done, CALL)
    waiting.add(() => clearTimeout(timer))
    for (const client of windows) client.postMessage({ course: "who", page })
  })
  await heard
  callers.delete(page)
}

/**
 * Messages of pages: a lesson's page that names itself or tells that Python stopped, a tab that asks its app.
 * @param {ExtendableMessageEvent} event whose data is a `ToServiceWorker`, but of a site's version that may be older
 */
export function relay(event) {
  const { source, ports } = event
  /** @type {ToServiceWorker | undefined} */
  const data = event.data
  if (data?.course === "own") {
    owners.set(data.page, /** @type {Client} */ (source).id)
    for (const done of callers.get(data.page) ?? []) done()
  } else if (data?.course === "stopped") {
    for (const stop of [...(running.get(data.page) ?? [])]) stop.abort(new DOMException("", "AbortError"))
  } else if (data?.course === "http" || data?.course === "ws") {
    // Only tabs of ours speak so: a page of an app has no way to a service worker.
    event.waitUntil(pass(data, ports[0]))
  }
}

/**
 * @param {Extract<ToServiceWorker, {course: "http" | "ws"}>} data
 * @param {MessagePort} port
 */
async function pass(data, port) {
  const owner = await findOwner(data.page)
  if (owner) owner.postMessage({ ...data, root: rootOf(LIVE, data.page, data.app) }, [port])
  else if (data.course === "ws") port.postMessage({ t: "close", code: 1006, reason: "" })
  else refuse(port, "closed")
}

// Pages of our own

function tab() {
  const href = (/** @type {string} */ path) => new URL(path, SITE).href
  return new Response(
    `<!doctype html><html lang="en" class="course-tab"><head><meta charset="utf-8"><title>App of a lesson</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">
<link rel="icon" href="data:,"><link rel="stylesheet" href="${href("css/panel.css")}">
<script type="module" src="${href("live/panel/tab.js")}"></script></head><body></body></html>`,
    {
      headers: {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": `${TAB}; img-src data:`,
        "cache-control": "no-store",
        "cross-origin-opener-policy": "same-origin",
      },
    },
  )
}

/**
 * @param {Request} request
 * @param {AppAddress} to
 * @param {string} why a key of WORDS
 * @param {Over} over
 */
function problem(request, to, why, over) {
  over()
  const headers = { "cache-control": "no-store", "x-course": why, "content-security-policy": SANDBOX }
  const status = why === "late" ? 504 : 503
  if (request.mode !== "navigate") {
    return new Response(`${why}\n`, { status, headers: { ...headers, "content-type": "text/plain" } })
  }
  const lesson = lessonOf(to.page)
  const link = { home: new URL(`lessons/${lesson}/`, SITE).href, label: `Open lesson ${lesson.slice(0, 2)}` }
  return new Response(wordsPage(why, link), {
    status,
    headers: { ...headers, "content-type": "text/html; charset=utf-8" },
  })
}
