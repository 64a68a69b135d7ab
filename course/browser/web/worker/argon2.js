// Argon2, for Python's packages that hash passwords: what they have compiled does not run in a page.

import { argon2d, argon2i, argon2id } from "@noble/hashes/argon2.js"

const KINDS = [argon2d, argon2i, argon2id]

/**
 * Called by `course.browser.bridge`; it blocks, as Python expects.
 * @param {number} kind
 * @param {Uint8Array} password
 * @param {Uint8Array} salt
 * @param {[t: number, m: number, p: number, dkLen: number, version: number]} sizes
 * @returns {Uint8Array}
 */
function courseArgon2(kind, password, salt, ...[t, m, p, dkLen, version]) {
  return KINDS[kind](password, salt, { t, m, p, dkLen, version })
}
Object.assign(self, { courseArgon2 })
