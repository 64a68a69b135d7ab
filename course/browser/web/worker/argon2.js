// Argon2, for Python's packages that hash passwords: what they have compiled does not run in a page.

import { argon2d, argon2i, argon2id } from "@noble/hashes/argon2.js"

const KINDS = [argon2d, argon2i, argon2id]

/** Called by `course.browser.bridge`; it blocks, as Python expects. @returns {Uint8Array} */
self.courseArgon2 = (kind, password, salt, t, m, p, dkLen, version) =>
  KINDS[kind](password, salt, { t, m, p, dkLen, version })
