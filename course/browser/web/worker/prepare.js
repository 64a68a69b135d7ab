// Lays down what Python imports from: the same when the snapshot is taken and when the page starts without.

/** @import {Groups} from "../types.ts" */
/** @import {FileSystem, Pyodide} from "./types.ts" */

/** Where the course's own modules lie, and its lessons beside them: what `course.lessons.ROOT` says. */
export const COURSE = "/course"
const PACKAGES = "/lib/packages.zip"

/**
 * @param {Pyodide} py
 * @param {{packages: Uint8Array, course: Uint8Array, groups: Groups}} parts archives, not compressed
 */
export function prepare(py, { packages, course, groups }) {
  py.FS.writeFile(PACKAGES, packages)
  unpack(py.FS, course, COURSE)
  py.runPython(`
import sys
sys.path[:] = ["${COURSE}", *(path for path in sys.path if path)]
from course.browser import imports
imports.install(${JSON.stringify(JSON.stringify(groups))})
imports.late.present.update(["stdlib", "packages", "course"])
`)
}

/**
 * Write the files of an archive into a folder.
 * @param {FileSystem} fs
 * @param {Uint8Array} archive a zip archive whose entries are not compressed
 * @param {string} folder
 */
export function unpack(fs, archive, folder) {
  for (const [name, content] of entries(archive)) {
    const path = `${folder}/${name}`
    fs.mkdirTree(path.slice(0, path.lastIndexOf("/")))
    fs.writeFile(path, content)
  }
}

/**
 * @param {Uint8Array} archive
 * @returns {Generator<[name: string, content: Uint8Array]>}
 */
function* entries(archive) {
  const view = new DataView(archive.buffer, archive.byteOffset, archive.byteLength)
  const end = archive.length - 22 // our archives have no comment behind this
  let at = view.getUint32(end + 16, true)
  for (let left = view.getUint16(end + 10, true); left; left--) {
    const size = view.getUint32(at + 24, true)
    const [nameSize, extra, comment] = [28, 30, 32].map((offset) => view.getUint16(at + offset, true))
    const name = new TextDecoder().decode(archive.subarray(at + 46, at + 46 + nameSize))
    const head = view.getUint32(at + 42, true)
    const from = head + 30 + view.getUint16(head + 26, true) + view.getUint16(head + 28, true)
    yield [name, archive.subarray(from, from + size)]
    at += 46 + nameSize + extra + comment
  }
}
