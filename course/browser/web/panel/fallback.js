// Inside an app's frame where there is no service worker. The frame is sandboxed, so this page is a stranger to the
// site: it is told what to show, and all that it asks goes through the shim to the page around it. For the same reason
// this is no module: a stranger may not load one.

import { shim } from "./shim.js"

/** @import {Shown, ToFrame} from "../types.ts" */

/**
 * What the files of Swagger UI and ReDoc define.
 * @typedef {((options: object) => void) & {presets: {apis: object}, SwaggerUIStandalonePreset?: object}} SwaggerUI
 * @typedef {{init: (spec: object, options: object, element: HTMLElement) => void}} Redoc
 * @typedef {typeof globalThis & {SwaggerUIBundle: SwaggerUI, Redoc: Redoc}} Loaded
 */

let told = false

addEventListener("message", (/** @type {MessageEvent<ToFrame>} */ { source, data }) => {
  if (told || source !== parent || data?.course !== "document") return
  told = true
  const { site, root, at } = data
  if ("html" in data) {
    document.open() // forgets all listeners, so the shim comes after it
    shim({ site, root, at })
    document.write(data.html)
    document.close()
    return
  }
  shim({ site, root, at })
  if ("kind" in data) docs(data)
  else if ("image" in data)
    document.body.append(Object.assign(new Image(), { src: URL.createObjectURL(data.image), alt: "" }))
  else document.body.append(Object.assign(document.createElement("pre"), { textContent: data.text }))
  dispatchEvent(new Event("DOMContentLoaded"))
})

/** Swagger UI or ReDoc, from the site's files alone. @param {Extract<Shown, {kind: string}>} page */
async function docs({ kind, openapi, title, files }) {
  document.title = `${title} - ${kind === "docs" ? "Swagger UI" : "ReDoc"}`
  const element = document.body.appendChild(document.createElement("main"))
  /** @type {(name: string) => Promise<Event>} */
  const get = (name) =>
    new Promise((done, failed) => {
      const script = Object.assign(document.createElement("script"), { onload: done, onerror: failed })
      script.setAttribute("src", files + name)
      document.head.append(script)
    })
  try {
    if (kind === "docs") {
      const style = document.createElement("link")
      style.rel = "stylesheet"
      style.dataset.courseFile = "" // the site's, not the app's
      style.setAttribute("href", `${files}swagger-ui.css`)
      document.head.append(style)
      await get("swagger-ui-bundle.js")
      const { SwaggerUIBundle } = /** @type {Loaded} */ (globalThis)
      SwaggerUIBundle({
        url: openapi,
        domNode: element,
        deepLinking: true,
        layout: "BaseLayout",
        validatorUrl: null, // its validator is on another host
        presets: [SwaggerUIBundle.presets.apis, SwaggerUIBundle.SwaggerUIStandalonePreset].filter(Boolean),
      })
    } else {
      await get("redoc.standalone.js")
      const spec = await (await fetch(openapi)).json()
      const { Redoc } = /** @type {Loaded} */ (globalThis)
      Redoc.init(spec, { hideDownloadButton: true, disableSearch: true }, element)
    }
  } catch {
    element.textContent = "The files of this page could not be loaded. Are you offline?"
  }
}
