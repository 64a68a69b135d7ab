// The page around an app's frame: hears what the shim in the frame asks, and passes it on.

/** @import {FrameRequest, FrameSocket, HeaderPairs, ToFrame} from "../types.ts" */

const METHOD = /^[A-Z]{1,20}$/i

/**
 * @typedef {[kind: "http", request: FrameRequest, port: MessagePort]
 *   | [kind: "ws", request: FrameSocket, port: MessagePort]} Passed
 */

/**
 * What a frame may ask is checked here, since what is in it may be hostile: it can reach its own app, and nothing else.
 * @param {HTMLIFrameElement} frame
 * @param {object} to
 * @param {(...asked: Passed) => void} to.pass hands a request to the app
 * @param {(page: {title: string, href: string}) => void} [to.onpage] the frame shows another page
 * @param {() => void} [to.onhello] a page of the app began
 * @param {(address: string) => void} [to.onblocked] a page asked another host for something
 * @param {(request: FrameRequest) => void} [to.ongo] the page would go elsewhere in the app, where it cannot by itself
 * @returns {{tell: (message: ToFrame) => void, close: () => void}}
 */
export function bridge(frame, { pass, onpage, onhello, onblocked, ongo }) {
  /** @param {MessageEvent} event with anything at all */
  function heard({ source, origin, data, ports }) {
    // "null" is what a sandboxed page calls itself; a page of the site in the frame would have the site's origin.
    if (source !== frame.contentWindow || origin !== "null" || typeof data !== "object" || !data) return
    const { method = "GET", path = "", query = "", headers = [], body = null, protocols = [] } = data
    const wellFormed =
      METHOD.test(method) &&
      String(path).startsWith("/") &&
      Array.isArray(headers) &&
      (body === null || body instanceof Uint8Array)
    /** @returns {HeaderPairs} */
    const pairs = () => headers.map((/** @type {unknown[]} */ [name, value]) => [String(name), String(value)])
    /** @returns {FrameRequest} */
    const request = () => ({
      method: method.toUpperCase(),
      path: String(path),
      query: String(query),
      headers: pairs(),
      body,
    })
    if (data.course === "http" && ports[0] && wellFormed) pass("http", request(), ports[0])
    else if (data.course === "ws" && ports[0] && wellFormed) {
      const sent = {
        path: String(path),
        query: String(query),
        headers: pairs(),
        protocols: Array.from(protocols, String),
      }
      pass("ws", sent, ports[0])
    } else if (data.course === "go" && wellFormed) ongo?.(request())
    else if (data.course === "hello") onhello?.()
    else if (data.course === "page") onpage?.({ title: String(data.title), href: String(data.href) })
    else if (data.course === "blocked") onblocked?.(String(data.address))
  }
  addEventListener("message", heard)
  return {
    tell: (message) => frame.contentWindow?.postMessage(message, "*"), // an opaque origin has no name
    close: () => removeEventListener("message", heard),
  }
}

/**
 * The address that a frame shows, if it is a page of the site; null: a page of an app, which keeps it to itself.
 * @param {HTMLIFrameElement} frame
 * @returns {string | null}
 */
export function siteAddress(frame) {
  try {
    const href = frame.contentWindow?.location.href ?? "about:blank"
    return href === "about:blank" ? null : href
  } catch {
    return null
  }
}
