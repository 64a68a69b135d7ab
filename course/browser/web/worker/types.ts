// Python and what lies around it, as the worker's JavaScript has it. Only the checker reads this file.

import type { PyodideAPI, PyodideConfig } from "pyodide"
import type { PyProxy } from "pyodide/ffi"
import type { Bytes, Files, HeaderPairs, Origin } from "../types.ts"

type Create = NonNullable<PyodideConfig["createPyodideModule"]>
/** What Emscripten's module is made with, and one thing of which Pyodide's types say nothing. */
export type Settings = { -readonly [Name in keyof Parameters<Create>[0]]: Parameters<Create>[0][Name] } & {
  dynamicLibraries?: string[]
}
export type Emscripten = Awaited<ReturnType<Create>>
/** What pyodide.asm.mjs gives. */
export type Factory = (settings: Settings) => Promise<Emscripten>
/** What Pyodide has noted beside the memory. */
export type SnapshotConfig = ReturnType<Emscripten["API"]["restoreSnapshot"]>
/** A memory that is to be restored: see snapshot.js. */
export interface Image {
  /** Bytes of the memory that may hold something before. */
  used?: number
  config: SnapshotConfig
  copyInto(memory: Uint8Array): void
}
/** How the interpreter is told that it will not start. */
export type Fail = (error: unknown) => void

/** Pyodide with what its own types keep to themselves. */
export type Pyodide = Omit<PyodideAPI, "FS"> & { FS: FileSystem; _module: Memory }
/** The memory of Emscripten's programs. */
export interface Memory {
  HEAPU8: Uint8Array
  _sbrk(size: number): number
  _malloc(size: number): number
  _free(at: number): void
}
/** Emscripten's file system, as far as it is used here. */
export interface FileSystem {
  mkdir(path: string): void
  mkdirTree(path: string): void
  writeFile(path: string, content: Uint8Array): void
  readFile(path: string): Bytes
}
/** course/browser/bridge.py */
export interface Bridge extends PyProxy {
  start(lesson: string): Promise<void>
  run(id: number, cell: string | null, code: string, name: string, files: Files | null): Promise<boolean>
  check(id: number, task: string, files: Files): Promise<boolean>
  http(...request: [...Asked, origin: Origin, port: MessagePort]): Promise<void>
  ws(...request: [...AskedSocket, origin: Origin, port: MessagePort]): Promise<void>
}
type Asked = [
  ...[method: string, path: string, query: string, headers: HeaderPairs],
  ...[body: Uint8Array | null, root: string, app: string | null],
]
type AskedSocket = [
  ...[path: string, query: string, protocols: string[], headers: HeaderPairs],
  ...[root: string, app: string | null],
]
/** course/browser/imports.py */
export interface Imports extends PyProxy {
  late: PyProxy & { fetch: (name: string) => Uint8Array }
}
