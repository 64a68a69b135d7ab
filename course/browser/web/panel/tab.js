// An app in a tab of its own: a page of the site around a frame with the app, so that the app stays a stranger to the
// site there, too. What the frame asks goes by the service worker to the lesson's page.

import { parseAddress } from "./address.js"
import { refuse } from "./answer.js"
import { bridge, siteAddress } from "./bridge.js"
import { register } from "./offline.js"
import { WORDS } from "./words.js"

/** @import {AppAddress} from "../types.ts" */

const live = new URL("../", import.meta.url).href
const to = /** @type {AppAddress} */ (parseAddress(live, location.href)) // sw-apps.js gives this page for no other

const frame = Object.assign(document.createElement("iframe"), { className: "course-frame", title: "The app" })
const notice = Object.assign(document.createElement("p"), { className: "course-tab-notice", hidden: true })
notice.setAttribute("role", "status")
document.body.append(notice, frame)

/** @param {string} why a key of WORDS, or nothing */
function say(why) {
  const { title = "", text = "" } = WORDS[why] ?? {}
  notice.textContent = `${title}. ${text}`
  notice.hidden = !why
}

const around = bridge(frame, {
  pass: (...[kind, request, port]) => {
    register(live).then(
      ({ active }) => active?.postMessage({ ...request, course: kind, page: to.page, app: to.app }, [port]),
      () => (kind === "http" ? refuse(port, "closed") : port.postMessage({ t: "close", code: 1006, reason: "" })),
    )
  },
  onhello: () => say(""),
  onpage: ({ title, href }) => {
    document.title = title || "App of a lesson"
    frame.title = document.title
    // So that a reload, a bookmark and a copied address mean the page that is shown.
    if (parseAddress(live, href)?.page === to.page) history.replaceState(null, "", href)
  },
})

new BroadcastChannel("course-app").addEventListener("message", ({ data }) => {
  if (data?.page !== to.page || !(data.course in WORDS)) return
  around.tell({ course: "stopped" })
  say(data.course)
})

frame.addEventListener("load", () => {
  const where = siteAddress(frame)
  if (!where) return
  // The app's page went to "/items", which only the app knows; else the service worker is gone.
  if (parseAddress(live, where)) say("closed")
  else frame.src = to.root + where.slice(location.origin.length)
})

frame.src = location.href
