// An answer that comes through a MessagePort: {t:"start",status,headers} {t:"chunk",b}... {t:"end"}.

/** @import {Answer, AnswerPiece, Bytes, HeaderPairs} from "../types.ts" */

const NO_BODY = new Set([101, 103, 204, 205, 304])

/**
 * Waits for the beginning of an answer; the body is read as it comes. Cancelling the body tells the app that nobody
 * listens any more, and so does `signal`.
 * @param {MessagePort} port
 * @param {{signal?: AbortSignal, onend?: () => void}} [options] `onend`: the last piece came, or nothing more will
 * @returns {Promise<Answer>} rejects with the error that the app's side told, or with the signal's reason
 */
export function readAnswer(port, { signal, onend } = {}) {
  return new Promise((resolve, reject) => {
    /** @type {ReadableStreamDefaultController<Bytes>} */
    let pieces
    let over = false
    const finish = () => {
      if (over) return
      over = true
      port.onmessage = null
      port.close()
      onend?.()
    }
    /** @param {unknown} error */
    const fail = (error) => {
      if (over) return
      pieces.error(error)
      reject(error)
      finish()
    }
    const body = new ReadableStream({
      start: (controller) => (pieces = controller),
      cancel: () => {
        if (!over) port.postMessage("abort")
        finish()
      },
    })
    signal?.addEventListener("abort", () => {
      if (!over) port.postMessage("abort")
      fail(signal.reason)
    })
    port.onmessage = (/** @type {MessageEvent<AnswerPiece>} */ { data }) => {
      if (data.t === "start") {
        resolve({ status: data.status, headers: data.headers, body: NO_BODY.has(data.status) ? null : body })
      } else if (data.t === "chunk") {
        if (data.b.length) pieces.enqueue(data.b)
      } else if (data.t === "error") {
        fail(new Error(data.message))
      } else if (data.t === "end") {
        pieces.close()
        finish()
      }
    }
  })
}

/**
 * Answers by itself, where no app can.
 * @param {MessagePort} port
 * @param {string} why what the header x-course says: "closed", "not-running", "loading", "no-app", "stopped"
 */
export function refuse(port, why) {
  port.postMessage({ t: "start", status: 503, headers: [["x-course", why]] })
  port.postMessage({ t: "end" })
}

/**
 * What a header says; "" if it is not there.
 * @param {HeaderPairs} headers
 * @param {string} name in lower case
 * @returns {string}
 */
export const header = (headers, name) => headers.find(([one]) => one.toLowerCase() === name)?.[1] ?? ""
