// The panel beside a lesson: the app that a cell serves, to look at and to talk to.

import { make } from "../page/dom.js"
import { DocsView } from "./docs.js"
import { Host } from "./host.js"
import { Log } from "./log.js"
import { keepOffline } from "./offline.js"
import { RequestView } from "./request.js"

/** @import {DocsOutput, View} from "../types.ts" */
/** @import {Runtime} from "../runtime.js" */
/** @import {Kept} from "./offline.js" */

/**
 * Puts the panel into an element.
 * @param {HTMLElement} place takes the panel in; its size is the panel's
 * @param {Runtime} runtime
 * @param {{live: string, lesson: string, keep?: boolean}} options `live`: address of <site>/live/; `lesson`: its slug;
 *   `keep`: false to not have the site kept for reading offline
 * @returns {Panel}
 */
export function mountPanel(place, runtime, { live, lesson, keep = true }) {
  return new Panel(place, runtime, { live, lesson, keep })
}

/** @type {Record<string, number>} how far a key leads; to the first or the last */
const STEPS = { ArrowRight: 1, ArrowLeft: -1, Home: -9, End: 9 }

let numbers = 0

/** What the page has of it: `open`, `docsFrame`, `host`, `kept`. */
export class Panel {
  /** @type {Kept | null} */
  kept = null
  /** @type {Map<View, {tab: HTMLElement, view: HTMLElement}>} */
  #tabs = new Map()
  /** @type {View} */
  #shown = "docs"
  #visible = false
  #count = make("span", { class: "course-count" })
  name = make("span", { class: "course-app-name" }, "No app yet")
  choice = make("select", { class: "course-choice", "aria-label": "App", hidden: true })
  notice = make("p", { class: "course-note course-mode", role: "status", hidden: true })

  /**
   * @param {HTMLElement} place
   * @param {Runtime} runtime
   * @param {{live: string, lesson: string, keep: boolean}} options see `mountPanel`
   */
  constructor(place, runtime, { live, lesson, keep }) {
    this.place = place
    this.host = new Host(runtime, { live, lesson })
    this.choice.addEventListener("change", () => this.#choose(this.choice.value))
    const log = new Log(runtime, (count) => {
      this.#count.textContent = count ? ` ${count}` : ""
    })
    /** @type {Record<View, {element: HTMLElement, visible?: (yes: boolean) => void}>} */
    this.views = {
      docs: new DocsView(this.host, { label: "Swagger UI", kind: "docs" }),
      redoc: new DocsView(this.host, { label: "ReDoc", kind: "redoc" }),
      request: new RequestView(this.host),
      log,
    }
    this.#lay()
    this.show("docs")
    runtime.addEventListener("ready", () => this.#ready(live, keep))
    if (["ready", "running"].includes(runtime.state)) this.#ready(live, keep)
    this.host.addEventListener("apps", () => this.#apps())
    this.host.addEventListener("mode", () => this.#mode())
    this.#seen()
  }

  /**
   * Not before Python is there: the service worker's installation would compete with its download.
   * @param {string} live
   * @param {boolean} keep
   */
  #ready(live, keep) {
    this.host.start()
    if (keep && !this.kept && !navigator.connection?.saveData) this.kept = keepOffline({ live, everything: true })
  }

  #lay() {
    const id = `course-panel-${(numbers += 1)}`
    /** @type {[View, string][]} */
    const labels = [
      ["docs", "Swagger UI"],
      ["redoc", "ReDoc"],
      ["request", "Request"],
      ["log", "Log"],
    ]
    const list = make("div", {
      class: "course-tabs",
      role: "tablist",
      "aria-label": "Views of the app",
      onkeydown: (event) => this.#key(event),
    })
    const panels = []
    for (const [name, label] of labels) {
      const tab = make(
        "button",
        {
          type: "button",
          role: "tab",
          id: `${id}-${name}`,
          "aria-controls": `${id}-${name}-view`,
          onclick: () => this.show(name),
        },
        label,
        name === "log" ? this.#count : null,
      )
      const view = make(
        "div",
        { role: "tabpanel", id: `${id}-${name}-view`, "aria-labelledby": tab.id, hidden: true },
        this.views[name].element,
      )
      this.#tabs.set(name, { tab, view })
      list.append(tab)
      panels.push(view)
    }
    this.place.classList.add("course-panel")
    this.place.append(make("div", { class: "course-app" }, this.name, this.choice), list, this.notice, ...panels)
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const step = STEPS[event.key]
    if (!step) return
    event.preventDefault()
    const names = [...this.#tabs.keys()]
    const now = names.indexOf(this.#shown)
    const next = Math.abs(step) === 9 ? (step < 0 ? 0 : names.length - 1) : (now + step + names.length) % names.length
    this.show(names[next])
    this.#tabs.get(names[next])?.tab.focus()
  }

  /** Shows a view. @param {View} name */
  show(name) {
    this.#shown = name
    for (const [one, { tab, view }] of this.#tabs) {
      tab.setAttribute("aria-selected", String(one === name))
      tab.tabIndex = one === name ? 0 : -1
      view.hidden = one !== name
    }
    this.#tellViews()
  }

  /** Shows a view, and asks the page to show the panel. @param {View} [view] */
  open(view) {
    this.place.dispatchEvent(new CustomEvent("course:panel", { bubbles: true, detail: { open: true } }))
    if (view) this.show(view)
  }

  // Views load nothing while the panel is closed.
  #seen() {
    new IntersectionObserver((entries) => {
      this.#visible = Boolean(entries.at(-1)?.isIntersecting)
      this.#tellViews()
    }).observe(this.place)
  }

  #tellViews() {
    for (const [name, view] of Object.entries(this.views)) view.visible?.(this.#visible && name === this.#shown)
  }

  #apps() {
    const serving = [...this.host.apps.values()].filter((app) => app.state === "serving")
    const { chosen } = this.host
    if (chosen && !serving.includes(chosen)) this.host.chosen = null
    const app = this.host.chosen ?? this.host.app
    this.name.textContent = app ? app.title : "No app yet"
    this.choice.hidden = serving.length < 2
    this.choice.replaceChildren(
      ...serving.map((one) => make("option", { value: one.name, selected: one === app }, one.name)),
    )
  }

  /** @param {string} name */
  #choose(name) {
    this.host.chosen = this.host.serving(name)
    this.host.dispatchEvent(new Event("apps"))
  }

  #mode() {
    this.notice.hidden = this.host.mode !== "messages"
    this.notice.textContent = `${this.host.why} The app works here all the same, but has no address of its own, and lessons cannot be read offline.`
  }

  /**
   * What client.docs() shows below its cell.
   * @param {DocsOutput} data
   * @returns {HTMLElement | null} null: no app is there to be shown
   */
  docsFrame({ kind, app, path }) {
    const facts = app ? this.host.serving(app) : this.host.app
    if (!facts) return null
    const label = kind === "redoc" ? "ReDoc" : "Swagger UI"
    const view = new DocsView(this.host, { label, kind, app: facts.name, path })
    const element = make(
      "div",
      { class: "course-docs", role: "group", "aria-label": `${label} of ${facts.title}` },
      view.element,
    )
    // Loaded when it is seen, and not again when a later cell serves the app anew: then it says so.
    const seen = new IntersectionObserver((entries) => {
      if (entries.at(-1)?.isIntersecting) view.visible(true)
      if (!element.isConnected) view.close()
    })
    seen.observe(element)
    return element
  }
}
