// The page around an app's frame: hears what the shim in the frame asks, and passes it on.

const METHOD = /^[A-Z]{1,20}$/i

/**
 * What a frame may ask is checked here, since what is in it may be hostile: it can reach its own app, and nothing else.
 * @param {HTMLIFrameElement} frame
 * @param {object} to
 * @param {(kind: "http"|"ws", request: object, port: MessagePort) => void} to.pass hands a request to the app
 * @param {(page: {title: string, href: string}) => void} [to.onpage] the frame shows another page
 * @param {() => void} [to.onhello] a page of the app began
 * @param {(address: string) => void} [to.onblocked] a page asked another host for something
 * @param {(go: object) => void} [to.ongo] the page would go elsewhere in the app, where it cannot by itself
 * @returns {{tell: (message: object) => void, close: () => void}}
 */
export function bridge(frame, { pass, onpage, onhello, onblocked, ongo }) {
  function heard({ source, origin, data, ports }) {
    // "null" is what a sandboxed page calls itself; a page of the site in the frame would have the site's origin.
    if (source !== frame.contentWindow || origin !== "null" || typeof data !== "object" || !data) return
    const { method = "GET", path = "", query = "", headers = [], body = null, protocols = [] } = data
    const wellFormed =
      METHOD.test(method) &&
      String(path).startsWith("/") &&
      Array.isArray(headers) &&
      (body === null || body instanceof Uint8Array)
    const pairs = () => headers.map(([name, value]) => [String(name), String(value)])
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
    } else if (data.course === "go" && wellFormed) ongo?.({ ...request(), hash: String(data.hash ?? "") })
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
    const { href } = frame.contentWindow.location
    return href === "about:blank" ? null : href
  } catch {
    return null
  }
}
