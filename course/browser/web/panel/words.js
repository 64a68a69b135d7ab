// What is said when an app cannot answer: the same words in a frame, in a tab and in the panel.

/** @type {Record<string, {title: string, text: string, again?: boolean}>} */
export const WORDS = {
  closed: {
    title: "The page that runs this app is closed",
    text: "This app runs in the page of its lesson. Open the lesson again, run the cell with serve(app), and open this page from there.",
  },
  "not-running": {
    title: "Python is not running",
    text: "In the page of the lesson, run the cell with serve(app); then load this page again.",
  },
  loading: {
    title: "Python is starting",
    text: "The page of the lesson is loading it. This page tries again by itself.",
    again: true,
  },
  "no-app": {
    title: "No app is being served",
    text: "In the page of the lesson, run the cell with serve(app); then load this page again.",
  },
  stopped: {
    title: "Python was stopped",
    text: "The app is gone, with all that it knew. In the page of the lesson, run the cell with serve(app); then load this page again.",
  },
  late: {
    title: "The app has not answered for a minute",
    text: "A cell may still be running, or the app waits for something that does not come. Stop the cell in the page of the lesson, or load this page again.",
  },
  offline: {
    title: "You are offline, and this page was not kept yet",
    text: "All pages of the course are kept for reading offline once a lesson has been open for a little while. Until then this one needs the network.",
  },
}

/**
 * A page that says why there is no other.
 * @param {string} why a key of WORDS
 * @param {{home: string, label: string}} link where to go on
 * @returns {string} HTML; nothing in it comes from outside but `link`, which is escaped
 */
export function wordsPage(why, link) {
  const { title, text, again } = WORDS[why] ?? WORDS["not-running"]
  /** @type {Record<string, string>} */
  const marks = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" }
  const escaped = (/** @type {string} */ value) => value.replace(/[&<>"]/g, (one) => marks[one])
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">${again ? '<meta http-equiv="refresh" content="2">' : ""}
<style>:root{color-scheme:light dark}body{font:1rem/1.6 system-ui,sans-serif;max-width:34rem;margin:12vh auto;padding:0 1.2rem;background:Canvas;color:CanvasText}
h1{font-size:1.4rem;line-height:1.25}a{color:inherit}</style></head>
<body><main><h1>${title}</h1><p>${text}</p><p><a href="${escaped(link.home)}" target="_blank" rel="noopener">${escaped(link.label)}</a></p></main></body></html>`
}
