// Where the theme leaves out who has no pointer, or hears the page instead of seeing it.

// The menu of narrow screens opens by a label, which no key reaches: a button takes its place.
const drawer = document.querySelector("#__drawer")
const label = document.querySelector(".md-header label[for=__drawer]")
if (drawer instanceof HTMLInputElement && label) {
  const menu = document.createElement("button")
  const tell = () => menu.setAttribute("aria-expanded", String(drawer.checked))
  menu.type = "button"
  menu.className = `${label.className} menu`
  menu.setAttribute("aria-label", "Menu")
  menu.append(...label.childNodes)
  menu.addEventListener("click", () => drawer.click())
  drawer.addEventListener("change", tell)
  tell()
  label.replaceWith(menu)
}

// On paper stands what the page shows. The theme unfolds everything before it prints; what its reader has unfolded is
// marked here, and the style sheet leaves out the rest.
/** @param {EventTarget | null} details */
function markUnfolded(details) {
  if (details instanceof HTMLDetailsElement) details.toggleAttribute("data-unfolded", details.open)
}
for (const details of document.querySelectorAll("details")) markUnfolded(details)
let printing = false
for (const kind of ["beforeprint", "afterprint"]) addEventListener(kind, () => (printing = kind === "beforeprint"))
const toggled = (/** @type {Event} */ { target }) => printing || markUnfolded(target)
document.addEventListener("toggle", toggled, { capture: true })

// The search is a dialog without a name.
document.querySelector(".md-search")?.setAttribute("aria-label", "Search")

// Blocks of code: each would have a landmark of its own, and its buttons lose their names while a tooltip shows.
/** @param {Element} nav */
function mendButtons(nav) {
  nav.setAttribute("role", "none")
  for (const button of nav.querySelectorAll("button[title]")) {
    button.setAttribute("aria-label", button.getAttribute("title") ?? "")
  }
}

// Code and tables wider than the screen scroll, so that keys must get there, too.
const wide = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.scrollWidth > target.clientWidth) target.setAttribute("tabindex", "0")
    else target.removeAttribute("tabindex")
  }
})
for (const code of document.querySelectorAll(".md-content pre > code")) wide.observe(code)

// The theme lays buttons and tables down after the page has loaded.
new MutationObserver(() => {
  for (const nav of document.querySelectorAll("nav.md-code__nav:not([role])")) mendButtons(nav)
  for (const wrap of document.querySelectorAll(".md-typeset__scrollwrap")) wide.observe(wrap)
}).observe(document.querySelector(".md-content") ?? document.body, { childList: true, subtree: true })

// Lessons that run in the page. What does that is built apart; where it is missing, the page says so itself. It is
// asked for with its version: one that a browser has kept from an older site would ask for pieces that are gone.
const alive = document.querySelector("[data-live]")
if (alive instanceof HTMLElement) {
  const live = new URL(alive.dataset.live ?? "", document.baseURI).href
  const part = alive.matches(".lesson-facts") ? "lesson" : "home"
  import(`${live}page/${part}.js?${alive.dataset.liveVersion}`)
    .then((page) => page.start(live, alive))
    .catch((error) => {
      console.warn(error)
      const old = error instanceof SyntaxError
      const why = old ? "this browser is too old for it" : "the part of the page that does it could not be loaded"
      const line = document.createElement("li")
      line.textContent = `The cells cannot be run: ${why}. Everything can be read.`
      alive.querySelector("ul")?.append(line)
    })
}

// The landing page asks what its reader knows.
if (document.querySelector(".places")) import("./places.js")
