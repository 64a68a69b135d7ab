// Where an app of a lesson's page is found: <site>/live/app/<page>/docs, or <page>~<name> for serve(app, name=...).

/** @import {AppAddress} from "../types.ts" */

/**
 * Takes an address apart.
 * @param {string} live absolute address of <site>/live/
 * @param {string} href
 * @returns {AppAddress | null} null: no app's address.
 *   `root` is the path below which the app lies, without a slash at its end; `path` begins with one.
 */
export function parseAddress(live, href) {
  const url = new URL(href)
  const apps = new URL("app/", live)
  if (url.origin !== apps.origin || !url.pathname.startsWith(apps.pathname)) return null
  const [segment, ...rest] = url.pathname.slice(apps.pathname.length).split("/")
  if (!segment) return null
  const [page, name] = segment.split("~")
  return {
    page,
    app: name ? decodeURIComponent(name) : "app",
    root: apps.pathname + segment,
    path: `/${rest.join("/")}`,
    query: url.search.slice(1),
  }
}

/**
 * The path below which an app lies, without a slash at its end.
 * @param {string} live
 * @param {string} page
 * @param {string} [app]
 * @returns {string}
 */
export function rootOf(live, page, app = "app") {
  const segment = app === "app" ? page : `${page}~${encodeURIComponent(app)}`
  return new URL(`app/${segment}`, live).pathname
}

/**
 * The lesson that a page's name was made from: "01-first-api" of "01-first-api-k3x9fa".
 * @param {string} page
 * @returns {string}
 */
export const lessonOf = (page) => page.replace(/-[a-z0-9]+$/, "")

/**
 * What a page of that name holds locked as long as it is open.
 * @param {string} page
 * @returns {string}
 */
export const lockOf = (page) => `course-page:${page}`
