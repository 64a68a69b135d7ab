// A page of an app is a stranger to the site, so its pictures, scripts and styles cannot be loaded by address: the
// service worker does not see what a page of opaque origin loads. They are put into the page while it passes.

/** Files that FastAPI's documentation pages ask of a CDN, and that lie on the site. */
const OWN = /\/(swagger-ui-bundle\.js|swagger-ui\.css|redoc\.standalone\.js)$/

const ATTRIBUTE = /([^\s"'<>/=]+)(?:(\s*=\s*)(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+)))?/g
const RAW = /^(script|style|textarea|title|xmp|noscript)$/i

/**
 * @typedef {(path: string) => Promise<Response>} Ask asks the app ("/static/logo.png?v=2") or the site
 * @typedef {[name: string, value: string, match: RegExpExecArray]} Attribute
 * @typedef {{site: string, root: string, own: string, app: Ask, file: Ask}} Sources `site`: origin; `root`: the path
 *   below which the app lies; `own`: address of the folder with the files of `OWN`
 */

/**
 * The address of something as a data: address, so that it is part of the page.
 * @param {string} address absolute
 * @param {Sources} sources
 * @returns {Promise<string | null>} null: nobody here has it
 */
async function inlined(address, sources) {
  const url = new URL(address)
  const own = OWN.exec(url.pathname)
  let answer
  try {
    if (own && url.origin !== sources.site) answer = await sources.file(sources.own + own[1])
    else if (url.origin === sources.site) answer = await sources.app(withoutRoot(url, sources.root))
  } catch {
    return null
  }
  if (!answer?.ok) return null
  const blob = await answer.blob()
  if (blob.type.startsWith("text/css") && !own) return asData(await inlinedCss(await blob.text(), address, sources))
  return asData(blob)
}

/** @type {(url: URL, root: string) => string} */
const withoutRoot = ({ pathname, search }, root) =>
  (`${pathname}/`.startsWith(`${root}/`) ? pathname.slice(root.length) || "/" : pathname) + search

/**
 * @param {Blob} blob
 * @returns {Promise<string>}
 */
function asData(blob) {
  return new Promise((resolve) => {
    const reader = new FileReader()
    reader.onload = () => resolve(/** @type {string} */ (reader.result))
    reader.readAsDataURL(blob)
  })
}

/**
 * @param {string} text
 * @param {string} address
 * @param {Sources} sources
 */
async function inlinedCss(text, address, sources) {
  const found = [...text.matchAll(/url\(\s*["']?(?!data:|#)([^"')]+)["']?\s*\)/g)]
  const parts = []
  let end = 0
  for (const match of found) {
    const data = await inlined(new URL(match[1].trim(), address).href, sources)
    parts.push(text.slice(end, match.index), data ? `url("${data}")` : match[0])
    end = match.index + match[0].length
  }
  return new Blob([...parts, text.slice(end)], { type: "text/css" })
}

/**
 * Which attribute of a tag has to be put into the page; undefined: none.
 * @param {string} name
 * @param {Attribute[]} attributes
 */
function loads(name, attributes) {
  const has = (/** @type {string} */ attribute) => attributes.some(([one]) => one === attribute)
  const rel = attributes.find(([one]) => one === "rel")?.[1] ?? ""
  if (name === "link") return /\b(stylesheet|icon)\b/i.test(rel) && has("href") ? "href" : undefined
  if (["script", "img", "source", "video", "audio", "input", "track"].includes(name) && has("src")) return "src"
  return undefined
}

/**
 * @param {string} tag from "<" to ">"
 * @param {string} here
 * @param {Sources} sources
 */
async function rewrittenTag(tag, here, sources) {
  const [, name] = /^<([^\s/>]+)/.exec(tag) ?? ["", ""]
  const inner = tag.slice(1 + name.length, -1)
  /** @type {Attribute[]} */
  const attributes = [...inner.matchAll(ATTRIBUTE)].map((match) => [
    match[1].toLowerCase(),
    match[3] ?? match[4] ?? match[5] ?? "",
    match,
  ])
  const wanted = loads(name.toLowerCase(), attributes)
  const attribute = attributes.find(([one]) => one === wanted)
  if (!attribute) return tag
  const [, value, match] = attribute
  const address = value.replaceAll("&amp;", "&")
  if (/^(data|blob|javascript|about):/i.test(address)) return tag
  const data = await inlined(new URL(address, here).href, sources)
  if (!data) return name.toLowerCase() === "link" ? "" : tag // fonts and icons of other hosts
  const changed = `${inner.slice(0, match.index)}${match[1]}="${data}"${inner.slice(match.index + match[0].length)}`
  // What proved that a file of another host is the one that was meant.
  return `<${name}${changed.replace(/\s(integrity|crossorigin)(\s*=\s*("[^"]*"|'[^']*'|[^\s>]+))?/gi, "")}>`
}

/**
 * Where a tag ends, quoted ">" aside; -1: not in this text.
 * @param {string} text
 * @param {number} from
 */
function endOfTag(text, from) {
  let quote = ""
  for (let index = from; index < text.length; index += 1) {
    const one = text[index]
    if (quote) quote = one === quote ? "" : quote
    else if (one === '"' || one === "'") quote = one
    else if (one === ">") return index + 1
  }
  return -1
}

/**
 * Rewrites HTML as it streams by; what is complete goes on at once.
 * @param {string} here the page's address
 * @param {Sources} sources
 * @param {string} first a script to run before all others; empty: none
 * @returns {TransformStream<string, string>}
 */
export function rewriteHtml(here, sources, first) {
  let text = ""
  let raw = "" // inside <script>, <style>...: nothing is a tag up to its end
  let began = !first

  /**
   * @param {TransformStreamDefaultController<string>} controller
   * @param {boolean} last
   */
  async function step(controller, last) {
    if (!began) {
      // The script comes behind the doctype: before it, the page would be drawn as in 1998.
      const [opening] = /^\s*(<!--[\s\S]*?-->\s*)*(<!doctype[^>]*>)?/i.exec(text) ?? [""]
      if (!last && /^(<(!(d[^>]*|--[\s\S]*|-)?)?)?$/i.test(text.slice(opening.length))) return
      controller.enqueue(`${opening}<script>${first}</script>`)
      text = text.slice(opening.length)
      began = true
    }
    let out = ""
    for (;;) {
      if (raw) {
        const end = text.search(new RegExp(`</${raw}[\\s/>]`, "i"))
        const safe = end < 0 ? Math.max(0, text.length - raw.length - 3) : end
        out += text.slice(0, safe)
        text = text.slice(safe)
        if (end < 0) break
        raw = ""
      }
      const start = text.search(/<(?=[a-z/!?]|$)/i)
      if (start < 0) {
        out += text
        text = ""
        break
      }
      out += text.slice(0, start)
      text = text.slice(start)
      if (text.startsWith("<!--") || (text.length < 4 && "<!--".startsWith(text))) {
        const end = text.indexOf("-->")
        if (end < 0) break
        out += text.slice(0, end + 3)
        text = text.slice(end + 3)
        continue
      }
      const end = endOfTag(text, 1)
      if (end < 0) break
      const tag = text.slice(0, end)
      text = text.slice(end)
      const [, name] = /^<([a-z][^\s/>]*)/i.exec(tag) ?? []
      if (!name) {
        out += tag
        continue
      }
      if (out) controller.enqueue(out)
      out = await rewrittenTag(tag, here, sources)
      if (RAW.test(name)) raw = name
    }
    if (last) {
      out += text
      text = ""
    }
    if (out) controller.enqueue(out)
  }

  return new TransformStream({
    transform: (piece, controller) => ((text += piece), step(controller, false)),
    flush: (controller) => step(controller, true),
  })
}
