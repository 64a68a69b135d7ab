// "Hand in" and "Continue here", as a reader meets them: what is asked before, what is told after.

import { button, download, make } from "./dom.js"
import { asked } from "./dialog.js"
import { storage } from "./store.js"
import { messageOf } from "../worker/errors.js"
import { Damaged } from "./zip.js"

/** @import {Outcome, Piece, Work} from "./work.js" */
/** @import {Tell} from "./handing.js" */

/**
 * Save all work as one file.
 * @param {Work} work
 * @param {string} site its address, for which the reader's name is kept
 * @param {Tell} tell
 */
export async function handIn(work, site, tell) {
  const { pieces } = work
  if (!pieces.length) {
    tell("There is nothing to hand in yet: nothing was written, answered or done in this browser.")
    return
  }
  const slot = `course-name:${new URL(site).pathname}`
  const name = await named(pieces, storage()?.getItem(slot) ?? "")
  if (name === null) return
  try {
    storage()?.setItem(slot, name)
  } catch {
    // Full: it is asked for again.
  }
  tell("The file is being made …")
  try {
    const file = `${fileName(name) || "course-work"}.zip`
    download(file, await work.pack(name))
    tell(`Saved as ${file}: ${told(pieces)}.`)
  } catch (error) {
    tell(`The file could not be made, and nothing is lost: ${messageOf(error)}. Are you offline?`)
  }
}

/**
 * Take what is new in a file that was handed in.
 * @param {Work} work
 * @param {File} file
 * @param {Tell} tell
 * @param {() => void} changed called when something of it is here, or is no longer
 */
export async function continueFrom(work, file, tell, changed) {
  tell(`${file.name} is being read …`)
  /** @type {Outcome} */
  let outcome
  try {
    outcome = await work.merge(file)
  } catch (error) {
    const what = error instanceof Damaged ? error.message : `It could not be read: ${messageOf(error)}.`
    tell(`${file.name} is not what “Hand in” saved, or not all of it: nothing was changed. ${what}`)
    return
  }
  changed()
  const back = button("Take it back", () => {
    work.takeBack(outcome)
    changed()
    tell("Everything is as it was before.")
  })
  tell(sentences(outcome, work.keeps).join(" "), ...(outcome.taken.length ? [back] : []))
}

/**
 * @param {Outcome} outcome
 * @param {boolean} keeps whether the browser keeps anything
 */
function sentences({ taken, replaced, stayed, unknown, missing, refused, name }, keeps) {
  const said = []
  if (taken.length) said.push(`Taken from ${name ? `the file of ${name}` : "the file"}: ${told(taken)}.`)
  else if (stayed.length) said.push("Nothing was taken.")
  else said.push("Nothing was taken: all that is in the file is here already.")
  const older = replaced.filter(({ kind }) => kind === "cell" || kind === "said")
  if (older.length) said.push(`Older here, and replaced: ${told(older)}.`)
  if (stayed.length) said.push(`Newer here, and kept: ${told(stayed)}.`)
  for (const slug of unknown) said.push(`This course has no lesson ${slug}: what the file has of it was left out.`)
  if (missing) said.push(`Not in the file, though it tells of them: ${missing}.`)
  if (refused) {
    said.push(
      keeps
        ? "This browser has no room for all of it: keep the file."
        : "This browser keeps nothing: it is here until you leave this page.",
    )
  }
  return said
}

/** Pieces in words: "2 cells, app.py and 1 prediction, in lessons 01 and 02". @param {Piece[]} pieces */
export function told(pieces) {
  const apps = pieces.filter(({ kind, key }) => kind === "cell" && key.endsWith(".app")).length
  /** @param {Piece["kind"]} kind */
  const count = (kind) => pieces.filter((piece) => piece.kind === kind && !answers(piece)).length
  const parts = [
    several(count("cell") - apps, "cell", "cells"),
    apps > 1 ? `${apps} times app.py` : apps ? "app.py" : "",
    several(count("said"), "answer", "answers"),
    several(count("done"), "task done", "tasks done"),
    several(count("hint"), "task with hints", "tasks with hints"),
  ]
  const numbers = [...new Set(pieces.map(({ slug }) => slug.slice(0, 2)))].sort()
  return `${listed(parts.filter(Boolean))}, in lesson${numbers.length > 1 ? "s" : ""} ${listed(numbers)}`
}

/** A cell that holds the answer to a prediction, which is counted already. @param {Piece} piece */
function answers({ kind, key }) {
  return kind === "cell" && /\.(p\d+|r)$/.test(key)
}

/**
 * @param {number} number
 * @param {string} one
 * @param {string} more
 */
function several(number, one, more) {
  return number ? `${number} ${number === 1 ? one : more}` : ""
}

/** @param {string[]} parts */
function listed(parts) {
  return parts.length > 1 ? `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}` : (parts[0] ?? "")
}

/**
 * Ask whose work it is.
 * @param {Piece[]} pieces
 * @param {string} before
 * @returns {Promise<string | null>} null if it is not to be saved
 */
async function named(pieces, before) {
  const field = make("input", {
    id: "hand-in-name",
    name: "name",
    autocomplete: "name",
    maxlength: 60,
    autofocus: true,
    "aria-describedby": "hand-in-why",
    value: before,
  })
  const said = await asked(
    "Hand in your work",
    [
      make("p", {}, `One file with all that is in this browser: ${told(pieces)}.`),
      make("p", {}, "Give it to your teacher, or choose it at “Continue here” in another browser."),
      make("label", { for: field.id }, "Your name"),
      field,
      make(
        "p",
        { class: "small", id: "hand-in-why" },
        "The file is called after it. This browser keeps it for the next time.",
      ),
    ],
    [
      { text: "Save the file", value: "yes" },
      { text: "Cancel", value: "no" },
    ],
  )
  return said === "yes" ? field.value.trim() : null
}

/** A name as a file may have it on any system. @param {string} name */
export function fileName(name) {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what no file's name may have
  const plain = name.replace(/[<>:"/\\|?*\u0000-\u001f]+/g, " ").replace(/\s+/g, " ")
  return plain.replace(/^[ .]+|[ .]+$/g, "")
}
