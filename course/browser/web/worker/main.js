// The worker: owns Python. It starts the interpreter, and hands messages on to `course.browser.bridge`.

import "./argon2.js"
import { messageOf } from "./errors.js"
import { boot, reason } from "./boot.js"
import { load } from "./loader.js"

/** @import {Boot, FromWorker, Planted, ToWorker} from "../types.ts" */
/** @import {Bridge} from "./types.ts" */

/** @type {Bridge} */
let bridge
/** @type {Promise<boolean>} */
let started
/**
 * @param {FromWorker} message
 * @param {Transferable[]} [transfer]
 */
const post = (message, transfer) => self.postMessage(message, transfer ?? [])

/**
 * @typedef {Exclude<ToWorker, {type: "boot" | "load" | "ping"}>} Asked what Python does
 * @type {{[Kind in Asked["type"]]: (asked: Extract<Asked, {type: Kind}>) => Promise<void>}}
 */
const handlers = {
  async run({ id, cell, code, name, files }) {
    const from = performance.now()
    const ok = await bridge.run(id, cell ?? null, code, name ?? "cell", files ?? null)
    post({ type: "done", id, ok, ms: performance.now() - from })
  },
  async check({ id, task, files }) {
    const from = performance.now()
    const ok = await bridge.check(id, task, files)
    post({ type: "done", id, ok: ok ?? true, ms: performance.now() - from })
  },
  http({ method, path, query, headers, body, root, app, from, port }) {
    return bridge.http(
      method,
      path,
      query ?? "",
      headers ?? [],
      body ?? null,
      root ?? "",
      app ?? null,
      from ?? "panel",
      port,
    )
  },
  ws({ path, query, protocols, headers, root, app, from, port }) {
    return bridge.ws(path, query ?? "", protocols ?? [], headers ?? [], root ?? "", app ?? null, from ?? "panel", port)
  },
}

self.addEventListener("message", async (/** @type {MessageEvent<ToWorker>} */ { data }) => {
  // The same file is the loaders' too, so that it is fetched and compiled once.
  if (data.type === "load") return load(data.port, PARTS)
  if (data.type === "boot") {
    started = start(data)
    return
  }
  // The page sees by the answer that the loop turns.
  if (data.type === "ping") return post({ type: "pong", id: data.id })
  const handler = /** @type {((asked: Asked) => Promise<void>) | undefined} */ (handlers[data.type])
  if (!handler || !(await started)) return
  try {
    await handler(data)
  } catch (error) {
    const id = "id" in data ? data.id : undefined
    post({ type: "broken", id, error: messageOf(error), reason: reason(error) })
  }
})

/** @param {Boot} wish */
async function start(wish) {
  try {
    const { bridge: made, way, ms, parts, seed } = await boot(wish, post)
    bridge = made
    // Moved, not copied: this worker has no more use for it. Only the first sends it.
    if (wish.seed) post({ type: "ready", way, ms, parts })
    else post({ type: "ready", way, ms, parts, seed }, buffersOf(seed.parts))
    return true
  } catch (error) {
    post({ type: "failed", error: messageOf(error), reason: reason(error), damaged: Object(error).damaged === true })
    return false
  }
}

/** @param {Record<string, Planted>} parts */
const buffersOf = (parts) => Object.values(parts).flatMap((part) => (ArrayBuffer.isView(part) ? [part.buffer] : []))
