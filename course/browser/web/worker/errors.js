// What went wrong, in words.

/**
 * What was thrown may be anything.
 * @param {unknown} error
 * @returns {string}
 */
export const messageOf = (error) => (error instanceof Error ? error.message : String(error))
