// The theme asks for the index of the whole site with every page, before anybody searches. It waits here until
// somebody turns to the search: a quarter of what a page weighs.
{
  const { open, send } = XMLHttpRequest.prototype
  const waiting = []
  let wanted = new URLSearchParams(location.search).has("q")
  XMLHttpRequest.prototype.open = function (method, address, ...more) {
    this.isIndex = /\/search\/search_index\.json$/.test(String(address))
    return open.call(this, method, address, ...more)
  }
  XMLHttpRequest.prototype.send = function (body) {
    if (this.isIndex && !wanted) waiting.push(() => send.call(this, body))
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
