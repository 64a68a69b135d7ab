// A question that has to be answered first.

import { make } from "./dom.js"

let numbers = 0

/**
 * Ask, and wait for a button: Escape counts as the one whose value is "no".
 * @param {string} question
 * @param {HTMLElement[]} content
 * @param {{text: string, value: string, kind?: string, first?: boolean}[]} buttons the first is what Enter presses in a
 *   field; `first`: it has the focus
 * @returns {Promise<string>} the value of the button
 */
export function asked(question, content, buttons) {
  const title = make("h2", { id: `dialog-${++numbers}` }, question)
  const row = make("div", { class: "dialog-buttons" })
  for (const { text, value, kind, first } of buttons) {
    row.append(make("button", { value, autofocus: Boolean(first), class: kind ?? false }, text))
  }
  const form = make("form", { method: "dialog" }, title, ...content, row)
  const dialog = make("dialog", { class: "live-dialog", "aria-labelledby": title.id }, form)
  const before = document.activeElement
  document.body.append(dialog)
  dialog.showModal()
  return new Promise((done) => {
    dialog.addEventListener("close", () => {
      dialog.remove()
      if (before instanceof HTMLElement) before.focus()
      done(dialog.returnValue || "no")
    })
  })
}

/**
 * Ask before something that cannot be undone.
 * @param {string} question
 * @param {string} text
 * @param {string} yes
 * @returns {Promise<boolean>}
 */
export async function confirmed(question, text, yes) {
  const buttons = [
    { text: "Keep it", value: "no", first: true },
    { text: yes, value: "yes", kind: "danger" },
  ]
  return (await asked(question, [make("p", {}, text)], buttons)) === "yes"
}
