// The landing page: how far the reader has come in each lesson.

import { button, elements, find, findAs, idle, make } from "./dom.js"
import { Handing } from "./handing.js"
import { Store } from "./store.js"

/** @param {string} live the address of the folder `live/` of the site */
export function start(live) {
  const site = new URL("..", live).href
  const lines = elements(document.querySelectorAll(".lesson-list [data-lesson]"))
  const stores = lines.map((line) => new Store(site, line.dataset.lesson ?? ""))
  const tell = () => {
    const far = lines.map((line, number) => howFar(line, stores[number]))
    for (const [number, line] of lines.entries()) show(line, far[number])
    leadOn(lines, far)
  }
  for (const store of stores) store.addEventListener("change", tell)
  addEventListener("pageshow", tell)
  tell()
  const tools = document.querySelector(".work-tools")
  if (tools) furnish(tools, site, tell)
  keep(live)
}

/**
 * All work as one file, and back.
 * @param {Element} tools
 * @param {string} site
 * @param {() => void} changed
 */
function furnish(tools, site, changed) {
  const told = make("p", { role: "status" })
  const more = make("p", { hidden: true })
  const handing = new Handing(site, {
    tell: (text, ...buttons) => {
      if (more.contains(document.activeElement)) ways.querySelector("button")?.focus()
      told.textContent = text
      more.replaceChildren(...buttons)
      more.hidden = !buttons.length
    },
    changed,
  })
  const ways = make("p", {}, button("Hand in…", handing.handIn), button("Continue here…", handing.continueHere))
  tools.append(ways, told, more)
}

/** From here on the pages can be read offline; what runs them is kept when a lesson has run. @param {string} live */
async function keep(live) {
  await idle()
  if (navigator.connection?.saveData) return
  const { keepOffline } = await import("../panel/offline.js")
  keepOffline({ live, everything: false })
}

/** @typedef {{done: number, of: number, begun: boolean, whole: boolean}} Far of a lesson's tasks */

/**
 * @param {HTMLElement} line
 * @param {Store} store
 * @returns {Far}
 */
function howFar(line, store) {
  const tasks = (line.dataset.tasks ?? "").split(" ")
  const done = tasks.filter((task) => store.get("done", task)).length
  const begun = Boolean(done || store.all("cell").size || store.all("said").size)
  return { done, of: tasks.length, begun, whole: done === tasks.length }
}

/**
 * The signpost of the page leads on from the furthest lesson that was begun.
 * @param {HTMLElement[]} lines
 * @param {Far[]} far
 */
function leadOn(lines, far) {
  const sign = document.querySelector(".hero .signpost")
  const last = far.map(({ begun }) => begun).lastIndexOf(true)
  if (!(sign instanceof HTMLAnchorElement) || last < 0) return
  const open = far.flatMap(({ whole }, number) => (whole ? [] : [number]))
  const next = open.find((number) => number >= last) ?? open[0] ?? lines.length - 1
  const line = lines[next]
  const verb = open.length === 0 ? "Go back to" : far[next].begun ? "Go on with" : "Start"
  const name = open.length === 0 ? "All lessons are done" : find(line, ".lesson-name").textContent
  sign.href = findAs(HTMLAnchorElement, line, "a").href
  sign.replaceChildren(`${verb} lesson ${find(line, ".lesson-number").textContent} `, make("small", {}, name))
}

/**
 * @param {HTMLElement} line
 * @param {Far} far
 */
function show(line, { done, of, begun, whole }) {
  line.querySelector(".lesson-progress")?.remove()
  if (!begun) return
  const text = whole ? "Done" : done ? `${done} of ${of} done` : "Begun"
  const mark = make("span", { class: `lesson-progress${whole ? " whole" : ""}` }, text)
  find(line, ".lesson-minutes").before(mark, " ")
}
