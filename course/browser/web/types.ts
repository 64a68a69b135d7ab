// Shapes that go from one file to another, or from Python to the page: what the build writes, the messages between the
// page and its workers, requests to an app and answers, outputs, what a lesson's parts know of each other.
//
// Only the checker reads this file. What is the business of one file alone is described there.

// Everywhere

/** Bytes that are nobody else's: they can be hashed, sent, or be an answer. */
export type Bytes = Uint8Array<ArrayBuffer>

/**
 * Stands in the place of EventTarget, and says which events there are: `extends` with a cast to
 * `new () => Tells<{change: CustomEvent<Change>}>`.
 */
export interface Tells<Events> extends Omit<EventTarget, "addEventListener" | "removeEventListener"> {
  addEventListener<Kind extends keyof Events>(kind: Kind, listener: (event: Events[Kind]) => void): void
  removeEventListener<Kind extends keyof Events>(kind: Kind, listener: (event: Events[Kind]) => void): void
}

// What the build writes: see course/browser/build/steps.py

/** A file that the worker loads: `bytes` as stored (gzipped), `size` unpacked, the hash of what is stored. */
export interface Part {
  file: string
  bytes: number
  size: number
  sha256: string
  /** Of the snapshot: how much memory it fills. */
  memory?: number
}

/** Which archive has which module that is fetched when it is imported, and which of these are unpacked. */
export interface Groups {
  modules: Record<string, string>
  unpacked: string[]
}

declare global {
  /** What Pyodide says of itself: "3.14.2", and for what it was built. */
  const INFO: { python: string; abi_version: string; arch: "wasm32"; platform: string }
  /** What the worker loads, by name. */
  const PARTS: Record<string, Part>
  const GROUPS: Groups
  /** Pyodide's script, a file below the folder `live/`. */
  const SCRIPT: string
  /** The worker's script, likewise. */
  const WORKER: string

  /** As far as browsers tell it: Firefox and Safari do not. */
  interface NetworkInformation {
    readonly saveData?: boolean
    /** Mbit/s */
    readonly downlink?: number
  }
  interface Navigator {
    readonly connection?: NetworkInformation
  }
  interface WorkerNavigator {
    readonly connection?: NetworkInformation
  }
}

// Between the page and its worker

/** How the interpreter comes up. */
export type Way = "snapshot" | "modules"
/** Why it did not, as far as its message tells. */
export type Reason = "memory" | "network" | "unsupported" | "other"
/** What a part is loaded for. */
export type Purpose = "runtime" | "snapshot" | "modules" | "lesson"
export type Planted = WebAssembly.Module | Bytes
/** What a worker leaves to the next: nothing of it is fetched or compiled again. */
export interface Seed {
  way: Way
  parts: Record<string, Planted>
}

/** Files of the lesson's folder: their text by name. */
export type Files = Record<string, string>

export type Boot = {
  type: "boot"
  /** The address of the folder `live/`. */
  base: string
  lesson: string
  way: Way | "auto"
  /** Whether to leave the browser's cache aside. */
  anew: boolean
} & ({ seed: Seed; ports?: undefined } | { seed: null /** To two loaders. */; ports: MessagePort[] })
export interface Run {
  type: "run"
  code: string
  cell?: string
  name?: string
  files?: Files
}
export interface Check {
  type: "check"
  task: string
  files: Files
}
export type Job = Run | Check
/** What the page sends to the worker. A request is answered through its port. */
export type ToWorker =
  | Boot
  | { type: "load"; port: MessagePort }
  | { type: "ping"; id?: number }
  | (Job & { id: number })
  | (AppRequest & { type: "http"; port: MessagePort })
  | (SocketRequest & { type: "ws"; port: MessagePort })

export interface Loading {
  type: "loading"
  what: Purpose
  loaded: number
  total: number
  from: "network" | "cache" | "memory"
}
export interface Ready {
  type: "ready"
  way: Way
  ms: number
  /** When which step was done, in ms. */
  parts: Record<string, number>
  seed?: Seed
}
export interface Failed {
  type: "failed"
  error: string
  reason: Reason
  damaged?: boolean
}
/** It is tried in another way, or once more. */
export interface Fallback {
  type: "fallback"
  error: string
}
/** Said by the runtime itself, not by the worker. */
export interface Stop {
  type: "stopped"
  cause: "asked" | "limit" | "crash"
  message: string
  reason?: Reason
}
/** How a task came out: course/judging/report.py. */
export interface Report {
  task: string
  state: string
  lines: { name: string; label: string; state: string }[]
  html: string
}
export interface Reported {
  type: "report"
  id: number
  task: string
  state: string
  report: Report
}
/** A cell has called hint(). */
export interface Hinted {
  type: "hint"
  task: string
  count: number
}
/** What the worker, and Python in it, sends to the page. */
export type FromWorker =
  | Loading
  | Fallback
  | Ready
  | Failed
  | { type: "output"; id: number; output: Output }
  | { type: "done"; id: number; ok: boolean; ms: number }
  | { type: "broken"; id?: number; error: string; reason: Reason }
  | { type: "pong"; id?: number }
  | Reported
  | Hinted
  | AppFacts
  | Exchange
/** What a run came to. */
export interface Ran {
  ok: boolean
  ms: number
  outputs: Output[]
  report?: Report
}

/** What the runtime tells, by the kind of the event. */
export interface RuntimeEvents {
  loading: CustomEvent<Loading>
  ready: CustomEvent<Ready>
  failed: CustomEvent<Failed>
  fallback: CustomEvent<Fallback>
  report: CustomEvent<Reported>
  hint: CustomEvent<Hinted>
  app: CustomEvent<AppFacts>
  exchange: CustomEvent<Exchange>
  stopped: CustomEvent<Stop>
}

// Apps: what is served, asked and answered

export type HeaderPairs = [name: string, value: string][]
/** Who asks: it decides on cookies, and is told in the log. */
export type Origin = "cell" | "frame" | "panel" | "check"

/** A request to an app of the page. `root`: the path below which the app lies; `app`: what serve() calls it. */
export interface AppRequest {
  method: string
  path: string
  query: string
  headers: HeaderPairs
  body: Uint8Array | null
  root: string
  app?: string
  from: Origin
}
export interface SocketRequest {
  path: string
  query: string
  headers: HeaderPairs
  protocols: string[]
  root: string
  app?: string
  from: Origin
}
/** What may be left out where there is nothing to say. */
export type Wanted<Request extends { path: string }> = Partial<Request> & Pick<Request, "path">

/** An answer as it comes through a port. The other way goes "abort". */
export type AnswerPiece =
  | { t: "start"; status: number; headers: HeaderPairs }
  | { t: "chunk"; b: Bytes }
  | { t: "error"; message: string }
  | { t: "end" }
/** What comes through the port of a WebSocket. "msg" and "close" go the other way, too. */
export type SocketPiece =
  | { t: "open"; protocol?: string }
  | { t: "msg"; d: string | Bytes }
  | { t: "close"; code: number; reason?: string; status?: number }

/** An answer whose body is read as it comes. */
export interface Answer {
  status: number
  headers: HeaderPairs
  body: ReadableStream<Bytes> | null
}

/** An app that is served, as Python describes it: course/browser/session.py. */
export interface Serving {
  type: "app"
  name: string
  state: "serving"
  url: string
  title: string
  docs: string | null
  redoc: string | null
  openapi: string | null
  websockets: string[]
  paths: [method: string, path: string, summary: string][]
}
export type AppFacts = Serving | { type: "app"; name: string; state: "stopped" }
/** The two pages that FastAPI makes of a schema. */
export type DocsKind = "docs" | "redoc"
/** What client.docs() gives as a cell's output. */
export interface DocsOutput {
  kind: DocsKind
  app?: string
  path?: string
}

/** A request and its answer, as texts: course/running/exchange.py. */
export interface Drawn {
  request: string
  response: string
  status: number
  traceback?: string
}
export interface Exchange extends Drawn {
  type: "exchange"
  app: string
  method: string
  path: string
  ms: number
  from: Origin
}

// Apps in frames and tabs: see panel/bridge.js, panel/shim.js and panel/sw-apps.js

/** An address taken apart. */
export interface AppAddress {
  page: string
  app: string
  root: string
  path: string
  query: string
}
/** What a page of an app asks, once bridge.js has looked at it. */
export interface FrameRequest {
  method: string
  path: string
  query: string
  headers: HeaderPairs
  body: Uint8Array | null
}
export type FrameSocket = Pick<SocketRequest, "path" | "query" | "headers" | "protocols">
/** `site`: origin of the site; `root`: the path below which the app lies; `at`: what relative addresses start from. */
export interface ShimConfig {
  site: string
  root: string
  at?: string
}
/** What the page in a frame is told to show, where there is no service worker. */
export type Shown =
  | { html: string }
  | { text: string }
  | { image: Blob }
  | { kind: DocsKind; openapi: string; title: string; files: string }
/** What is told to a frame's page. */
export type ToFrame = { course: "stopped" } | ({ course: "document"; site: string; root: string; at: string } & Shown)

/** What a page of the site says to the service worker. */
export type ToServiceWorker =
  | { course: "keep"; everything: boolean }
  | { course: "own" | "stopped"; page: string }
  | (FrameRequest & { course: "http"; page: string; app: string })
  | (FrameSocket & { course: "ws"; page: string; app: string })
/** How far the service worker is with keeping the site, in bytes. */
export interface Keeping {
  course: "kept"
  state: "keeping" | "kept" | "failed"
  everything: boolean
  loaded?: number
  total?: number
  version?: string
  error?: string
  /** Whether it failed for want of room. */
  full?: boolean
}
/** What the service worker says to pages of the site. */
export type FromServiceWorker =
  | Keeping
  | { course: "who"; page: string }
  | (FrameRequest & { course: "http"; page: string; app: string; root: string })
  | (FrameSocket & { course: "ws"; page: string; app: string; root: string })

// Outputs of cells, as nbformat has them

/** Text, as it is or in lines. */
export type Multiline = string | string[]
export interface StreamOutput {
  output_type: "stream"
  name: "stdout" | "stderr"
  text: string
}
export interface ErrorOutput {
  output_type: "error"
  ename: string
  evalue: string
  traceback?: string[]
}
export type MimeBundle = { [mime: string]: Multiline | undefined } & {
  "application/vnd.course.openapi+json"?: DocsOutput
}
export interface DataOutput {
  output_type: "display_data" | "execute_result"
  data?: MimeBundle
  metadata?: Record<string, unknown>
  execution_count?: number | null
}
export type KeptOutput = StreamOutput | ErrorOutput | DataOutput
export type Output = KeptOutput | { output_type: "clear_output"; wait?: boolean }

// The page

/** A cell's text, the hash and the number of the cell for which it was written, and when (ms since 1970). */
export interface Edit {
  text: string
  hash: string
  number: number
  at: number
}
/** The answer to a prediction. */
export interface Said {
  choice: string
  at: number
}
/** How many hints were taken for a task. */
export interface Taken {
  count: number
  at: number
}
/** What is kept of a lesson, by its kind: texts, answers, tasks that are done, hints. */
export interface Kept {
  cell: Edit
  said: Said
  done: { at: number }
  hint: Taken
}
/** What another tab did; "all": everything may be gone. */
export type Change =
  | { kind: "all" }
  | { [Kind in keyof Kept]: { kind: Kind; key: string; value: Kept[Kind] | null } }[keyof Kept]

/** Views of the app's panel. */
export type View = DocsKind | "request" | "log"

// The file of "Hand in": see page/work.js, and "The file of Hand in" in docs/contributing.md

/** When, as ISO 8601 has it in UTC. */
type Dated = { at: string }
/** What lies in a lesson's folder in the file. Texts stand in its notebook and its files, but for those without a place. */
export interface WorkOfLesson {
  texts: Record<string, Dated & { hash: string; number: number; cell?: string; file?: string; text?: string }>
  predictions: Record<string, Dated & { choice: string }>
  hints: Record<string, Dated & { count: number }>
  done: Record<string, Dated>
}
/** `course-work.json` */
export interface Manifest {
  format: "course-work"
  version: number
  name: string
  saved: string
  lessons: Record<string, WorkOfLesson>
}
/** What the site says of a lesson's texts: the number of the cell among the notebook's code cells, or a file's name. */
export type Places = Record<string, number | string>
