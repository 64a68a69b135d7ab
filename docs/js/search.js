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
