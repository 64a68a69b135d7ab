// The global scope of sw.js is a service worker's. The checker's own library has two kinds of workers, and means the
// other one by `self`.

export {}

declare global {
  interface WorkerGlobalScope {
    readonly clients: Clients
    skipWaiting(): Promise<void>
    addEventListener<Kind extends keyof ServiceWorkerGlobalScopeEventMap>(
      kind: Kind,
      listener: (event: ServiceWorkerGlobalScopeEventMap[Kind]) => void,
    ): void
  }
}
