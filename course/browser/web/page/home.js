// The landing page: how far the reader has come in each lesson.

import { elements, find, idle, make } from "./dom.js"
import { Store } from "./store.js"

/** @param {string} live the address of the folder `live/` of the site */
export function start(live) {
  for (const line of elements(document.querySelectorAll(".lesson-list [data-lesson]"))) {
    const store = new Store(new URL("..", live).href, line.dataset.lesson ?? "")
    const tell = () => show(line, store)
    store.addEventListener("change", tell)
    addEventListener("pageshow", tell)
    tell()
  }
  keep(live)
}

/** From here on the pages can be read offline; what runs them is kept when a lesson has run. @param {string} live */
async function keep(live) {
  await idle()
  if (navigator.connection?.saveData) return
  const { keepOffline } = await import("../panel/offline.js")
  keepOffline({ live, everything: false })
}

/**
 * @param {HTMLElement} line
 * @param {Store} store
 */
function show(line, store) {
  const tasks = (line.dataset.tasks ?? "").split(" ")
  const done = tasks.filter((task) => store.get("done", task)).length
  const begun = done || store.all("cell").size || store.all("said").size
  line.querySelector(".lesson-progress")?.remove()
  if (!begun) return
  const whole = done === tasks.length
  const text = whole ? "Done" : done ? `${done} of ${tasks.length} done` : "Begun"
  const mark = make("span", { class: `lesson-progress${whole ? " whole" : ""}` }, text)
  find(line, ".lesson-minutes").before(mark, " ")
}
