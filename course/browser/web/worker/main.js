// The worker: owns Python. It starts the interpreter, and hands messages on to `course.browser.bridge`.

import "./argon2.js"
import { boot, reason } from "./boot.js"
import { load } from "./loader.js"

/* global PARTS */

let bridge
let started
const post = (message, transfer) => self.postMessage(message, transfer ?? [])

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

self.addEventListener("message", async ({ data }) => {
  // The same file is the loaders' too, so that it is fetched and compiled once.
  if (data.type === "load") return load(data.port, PARTS)
  if (data.type === "boot") {
    started = start(data)
    return
  }
  // The page sees by the answer that the loop turns.
  if (data.type === "ping") return post({ type: "pong", id: data.id })
  const handler = handlers[data.type]
  if (!handler || !(await started)) return
  try {
    await handler(data)
  } catch (error) {
    post({ type: "broken", id: data.id, error: text(error), reason: reason(error) })
  }
})

async function start(wish) {
  try {
    const { bridge: made, way, ms, parts, seed } = await boot(wish, post)
    bridge = made
    // Moved, not copied: this worker has no more use for it. Only the first sends it.
    if (wish.seed) post({ type: "ready", way, ms, parts })
    else post({ type: "ready", way, ms, parts, seed }, buffersOf(seed.parts))
    return true
  } catch (error) {
    post({ type: "failed", error: text(error), reason: reason(error), damaged: error?.damaged === true })
    return false
  }
}

const text = (error) => String(error?.message ?? error)
const buffersOf = (parts) => Object.values(parts).flatMap((part) => (ArrayBuffer.isView(part) ? [part.buffer] : []))
