// A classic script: it runs before the theme, and where browsers load no modules.

// The theme asks for the index of the whole site with every page, before anybody searches. It waits here until
// somebody turns to the search: a quarter of what a page weighs.
{
  const { open, send } = XMLHttpRequest.prototype
  /** @type {(() => void)[]} */
  const waiting = []
  /** @type {WeakSet<XMLHttpRequest>} */
  const indexes = new WeakSet()
  let wanted = new URLSearchParams(location.search).has("q")
  /**
   * @param {[method: string, address: string | URL]} asked and more, which is passed on
   * @this {XMLHttpRequest}
   */
  XMLHttpRequest.prototype.open = function (...asked) {
    if (/\/search\/search_index\.json$/.test(String(asked[1]))) indexes.add(this)
    else indexes.delete(this)
    Reflect.apply(open, this, asked)
  }
  XMLHttpRequest.prototype.send = function (body) {
    if (indexes.has(this) && !wanted) waiting.push(() => send.call(this, body))
    else send.call(this, body)
  }
  const search = document.querySelector(".md-search")
  for (const kind of ["focusin", "pointerenter"]) {
    search?.addEventListener(kind, () => {
      wanted = true
      for (const go of waiting.splice(0)) go()
    })
  }
}

// A site that was unpacked and opened as a file: browsers load neither modules nor workers from there, and show a
// folder's contents where a server would answer with its page.
if (location.protocol === "file:") {
  for (const list of document.querySelectorAll("[data-live] ul")) {
    const line = document.createElement("li")
    line.textContent =
      "The cells cannot be run: this page was opened as a file, and browsers run nothing from there. " +
      "In the folder of the site, python3 -m http.server serves it at http://localhost:8000. Everything can be read."
    list.append(line)
  }
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a") : null
    if (link?.protocol === "file:" && link.pathname.endsWith("/")) link.pathname += "index.html"
  })
}
