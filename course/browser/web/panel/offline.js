// The page's side of reading offline: registers the service worker, and asks it to keep the site.

/** @import {Keeping, Tells} from "../types.ts" */

/** @type {Map<string, Promise<ServiceWorkerRegistration>>} */
const registered = new Map()

/** How long a browser has to start the service worker, in ms. */
const PATIENCE = 8000

/**
 * Registers the site's service worker, once.
 * @param {string} live absolute address of <site>/live/
 * @returns {Promise<ServiceWorkerRegistration>} with an active worker
 * @throws {Error} this browser has none, or blocks it; the message says so to a reader
 */
export function register(live) {
  const begun = registered.get(live) ?? start(live)
  registered.set(live, begun)
  return begun
}

/** @param {string} live */
async function start(live) {
  if (!("serviceWorker" in navigator)) {
    throw new Error(
      isSecureContext
        ? "This browser has no service workers here, as in some private windows."
        : "This site is served over plain http, where browsers have no service workers.",
    )
  }
  const site = new URL("../", live)
  let registration
  try {
    registration = await navigator.serviceWorker.register(new URL("sw.js", site), {
      scope: site.pathname,
      updateViaCache: "none",
    })
  } catch (error) {
    throw new Error(`This browser blocks service workers here (${Object(error).name}), as in some private windows.`)
  }
  if (!registration) throw new Error("This browser blocks service workers here.") // as extensions do it
  const timer = new Promise((_, reject) => {
    setTimeout(reject, PATIENCE, new Error("This browser did not start the service worker."))
  })
  await Promise.race([activated(registration), timer])
  return registration
}

/**
 * @param {ServiceWorkerRegistration} registration
 * @returns {Promise<void>}
 */
function activated(registration) {
  return new Promise((done) => {
    if (registration.active) return done()
    const worker = registration.installing ?? registration.waiting
    const look = () => registration.active && done()
    worker?.addEventListener("statechange", look)
    look()
  })
}

/**
 * Whether the course can be read without network yet. Events: "change".
 */
export class Kept extends /** @type {new () => Tells<{change: Event}>} */ (EventTarget) {
  /** @type {"unsupported"|"starting"|"keeping"|"pages"|"kept"|"failed"} "pages": all but what lessons need to run */
  state = "starting"
  /** Bytes. */
  loaded = 0
  total = 0
  /** Why not, for a reader. */
  why = ""

  /** @param {Partial<Pick<Kept, "state" | "loaded" | "total" | "why">>} news */
  tell(news) {
    Object.assign(this, news)
    this.dispatchEvent(new Event("change"))
  }
}

/**
 * Has the site kept for reading offline; a later call may ask for more.
 * @param {{live: string, everything?: boolean}} options `everything`: with what lessons need to run, 20 MB or so
 * @returns {Kept}
 */
export function keepOffline({ live, everything = false }) {
  const kept = new Kept()
  navigator.serviceWorker?.addEventListener("message", (/** @type {MessageEvent<Keeping>} */ { data }) => {
    if (data?.course !== "kept" || data.everything !== everything) return
    const { loaded = kept.loaded, total = kept.total } = data
    if (data.state === "kept") kept.tell({ state: everything ? "kept" : "pages", loaded, total })
    else if (data.state === "failed")
      kept.tell({ state: "failed", why: data.full ? "This browser's storage is full." : (data.error ?? "") })
    else kept.tell({ state: "keeping", loaded, total })
  })
  register(live).then(
    (registration) => registration.active?.postMessage({ course: "keep", everything }),
    (error) => kept.tell({ state: "unsupported", why: error.message }),
  )
  return kept
}
