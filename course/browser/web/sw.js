// The site's service worker, at the site's root. Two things, each in a file of its own: apps that lessons serve get an
// address below live/app/, and the site can be read and run offline.

import { answerApp, isApp, relay } from "./panel/sw-apps.js"
import { answerFile, keep } from "./panel/sw-files.js"

const SITE = new URL("./", self.location.href).href

self.addEventListener("install", () => self.skipWaiting())
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()))

self.addEventListener("fetch", (event) => {
  if (!event.request.url.startsWith(SITE)) return
  if (isApp(event.request)) answerApp(event)
  else answerFile(event)
})

self.addEventListener("message", (event) => {
  if (event.data?.course === "keep") event.waitUntil(keep(event.data, event.source))
  else relay(event)
})
