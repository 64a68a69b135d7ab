// Service worker, second half: the site without network.
//
// <site>/offline.json names every file of the site with its hash; it is written when the site is built. Files are kept
// under their hash, and the list that they belong to is put in its place when all of it is there: what is read offline is
// one version of the site and never a mix of two. Online, pages come from the network as on any site; a file whose name
// carries its hash cannot change, so a kept one is as good as the network's and needs no question.

import { wordsPage } from "./words.js"

/** @import {Keeping} from "../types.ts" */

const SITE = new URL("./", self.location.href)
const LIST = new URL("offline.json", SITE).href
const STORE = "course-files"
/** The list that is in its place is kept under this name. */
const CURRENT = `${LIST}?current`
/** Big, and of no use but for running lessons. */
const RUNTIME = /^live\/parts\//
const DOWNLOADS = /\.ipynb$/
const HASHED = /[.-]([0-9a-f]{8,64}|[0-9A-Z]{8})(\.\w+)+$/
/** Files fetched at the same time. */
const AT_ONCE = 4
/** How long the network has to answer when the file is kept, in ms. */
const PATIENCE = 4000

/** @typedef {{version: string, whole?: boolean, files: Record<string, [hash: string, bytes: number]>}} List */

/** @typedef {(state: Keeping["state"], more?: Partial<Keeping>) => void} Tell */

/** @type {Promise<List | null> | undefined} */
let current

/** The list in its place. That there is none is not remembered: it may just have come. */
async function list() {
  const asked = (current ??= readList().catch(() => null))
  const found = await asked
  if (!found && current === asked) current = undefined
  return found
}

/** @returns {Promise<List | null>} */
async function readList() {
  const answer = await caches.match(CURRENT, { cacheName: STORE })
  return answer ? answer.json() : null
}

/** @type {(path: string, hash: string) => string} */
const keyOf = (path, hash) => `${SITE.href}${encodeURI(path)}?kept=${hash}`

/** @param {string} address */
function pathOf(address) {
  const path = decodeURI(new URL(address).pathname.slice(SITE.pathname.length))
  return path === "" || path.endsWith("/") ? `${path}index.html` : path
}

/**
 * @param {string} path
 * @returns {Promise<Response | undefined>}
 */
async function kept(path) {
  const entry = (await list())?.files[path]
  return entry && caches.match(keyOf(path, entry[0]), { cacheName: STORE })
}

/**
 * A file of the site: a kept one, else from the network.
 * @param {string} address
 * @returns {Promise<Response>}
 */
export async function fetchFile(address) {
  return (await kept(pathOf(address))) ?? fetch(address)
}

/** @param {FetchEvent} event a request for something on the site that is no app */
export function answerFile(event) {
  const { request } = event
  const path = pathOf(request.url)
  if (request.method !== "GET" || request.headers.has("range") || path === "sw.js" || path === "offline.json") return
  event.respondWith(HASHED.test(path) ? keptFirst(request, path) : networkFirst(request, path))
}

/** @type {(request: Request, path: string) => Promise<Response>} */
const keptFirst = async (request, path) => (await kept(path)) ?? fetch(request)

/**
 * @param {Request} request
 * @param {string} path
 * @returns {Promise<Response>}
 */
async function networkFirst(request, path) {
  const stored = () => kept(path)
  if (navigator.onLine === false) return (await stored()) ?? withoutNetwork(request, path)
  const answer = fetch(request).catch(() => null)
  /** @type {Promise<"late">} */
  const late = new Promise((done) => setTimeout(done, PATIENCE, "late"))
  const first = await Promise.race([answer, late])
  if (first && first !== "late" && first.status < 500) return first
  return (await stored()) ?? (await answer) ?? withoutNetwork(request, path)
}

/**
 * @param {Request} request
 * @param {string} path
 */
async function withoutNetwork(request, path) {
  if (request.mode !== "navigate") return fetch(request)
  const folder = (await list())?.files[`${path}/index.html`]
  if (folder) return Response.redirect(`${request.url.split(/[?#]/)[0]}/`, 302)
  const missing = await kept("404.html") // all pages are kept, and this is none of them
  if (missing) return new Response(missing.body, { status: 404, headers: missing.headers })
  const page = wordsPage("offline", { home: SITE.href, label: "The course" })
  return new Response(page, { status: 503, headers: { "content-type": "text/html; charset=utf-8" } })
}

// Keeping

/** @type {Promise<void> | undefined} */
let keeping

/**
 * Keeps the site as it is now; what was kept before stays in its place until the new is whole.
 * @param {{everything: boolean}} wanted `everything`: with what lessons need to run
 * @param {ExtendableMessageEvent["source"]} source is told how far it is: {course: "kept", state, loaded, total} in bytes
 */
export async function keep({ everything }, source) {
  /** @type {Tell} */
  const tell = (state, more = {}) => source?.postMessage({ course: "kept", state, everything, ...more })
  while (keeping) await keeping
  keeping = keepAll(everything, tell)
    .catch((error) =>
      tell("failed", { error: String(error.message ?? error), full: error.name === "QuotaExceededError" }),
    )
    .finally(() => (keeping = undefined))
  await keeping
}

/**
 * @param {boolean} everything
 * @param {Tell} tell
 */
async function keepAll(everything, tell) {
  const before = await list()
  const whole = everything || Boolean(before?.whole)
  /** @type {List} */
  const next = await (await fetched(LIST)).json()
  const wanted = Object.entries(next.files).filter(([path]) => whole || !(RUNTIME.test(path) || DOWNLOADS.test(path)))
  const store = await caches.open(STORE)
  const there = new Set((await store.keys()).map(({ url }) => url))
  const missing = wanted.filter(([path, [hash]]) => !there.has(keyOf(path, hash)))
  const total = wanted.reduce((sum, [, [, bytes]]) => sum + bytes, 0)
  let loaded = total - missing.reduce((sum, [, [, bytes]]) => sum + bytes, 0)
  tell("keeping", { loaded, total })
  missing.sort(([, [, a]], [, [, b]]) => a - b)
  const fetchNext = async () => {
    for (let entry; (entry = missing.shift()); ) {
      const [path, [hash, bytes]] = entry
      await store.put(keyOf(path, hash), await checked(path, hash))
      loaded += bytes
      tell("keeping", { loaded, total })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, fetchNext))
  await store.put(
    CURRENT,
    new Response(JSON.stringify({ ...next, whole }), { headers: { "content-type": "application/json" } }),
  )
  current = undefined
  const valid = new Set([CURRENT, ...Object.entries(next.files).map(([path, [hash]]) => keyOf(path, hash))])
  for (const request of await store.keys()) if (!valid.has(request.url)) await store.delete(request)
  tell("kept", { loaded, total, version: next.version })
}

/**
 * The network's answer, which may come from the browser's own cache once the server has said that it is the same.
 * @param {string} address
 */
async function fetched(address) {
  const answer = await fetch(address, { cache: "no-cache", priority: "low" })
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`)
  return answer
}

/**
 * @param {string} path
 * @param {string} hash
 */
async function checked(path, hash) {
  const answer = await fetched(new URL(encodeURI(path), SITE).href)
  const content = await answer.arrayBuffer()
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", content))
  const found = Array.from(digest, (one) => one.toString(16).padStart(2, "0")).join("")
  if (!found.startsWith(hash)) throw new Error(`${path} is of another version: the site is just being renewed`)
  const headers = { "content-type": answer.headers.get("content-type") ?? "application/octet-stream" }
  return new Response(content, { headers })
}
