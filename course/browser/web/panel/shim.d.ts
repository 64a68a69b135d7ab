// What others know of shim.js. Its code is a page's and needs the page's library to be checked, but the service worker,
// which has another, takes in its text. shim.js is checked against this.

import type { ShimConfig } from "../types.ts"

export function shim(config: ShimConfig): void
export function shimScript(config: ShimConfig): string
