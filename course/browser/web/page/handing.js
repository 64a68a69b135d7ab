// The two ways of work out of this browser and into it: "Hand in" and "Continue here". What does it comes when it is
// asked for.

import { chosen } from "./dom.js"

/** @import {Store} from "./store.js" */
/** @import {Work} from "./work.js" */

/** @typedef {(text: string, ...buttons: HTMLElement[]) => void} Tell a text stays until the next, with its buttons */

export class Handing {
  #site
  #tell
  #own
  #before
  #changed
  /** @type {Work | null} */
  #work = null

  /**
   * @param {string} site its address
   * @param {object} page
   * @param {Tell} page.tell
   * @param {() => void} page.changed called when something of the work has come from elsewhere, or is gone again
   * @param {() => void} [page.before] called before the work is looked at
   * @param {{slug: string, store: Store}} [page.own] the lesson of the page
   */
  constructor(site, { tell, changed, before = () => {}, own }) {
    this.#site = site
    this.#tell = tell
    this.#changed = changed
    this.#before = before
    this.#own = own
  }

  handIn = () => this.#with(({ handIn }, work) => handIn(work, this.#site, this.#tell))

  continueHere = async () => {
    const file = await chosen(".zip")
    if (file) await this.#with(({ continueFrom }, work) => continueFrom(work, file, this.#tell, this.#changed))
  }

  /** @param {(words: typeof import("./hand-in.js"), work: Work) => Promise<void>} act */
  async #with(act) {
    this.#before()
    try {
      const [words, { Work }] = await Promise.all([import("./hand-in.js"), import("./work.js")])
      this.#work ??= new Work(this.#site, this.#own)
      await act(words, this.#work)
    } catch (error) {
      console.warn(error)
      this.#tell("That part of the page could not be loaded: are you offline?")
    }
  }
}
