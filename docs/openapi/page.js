// Draws the schema that the address names; see index.html.

const files = "../lessons/openapi/"
const wanted = new URLSearchParams(location.search)
const name = (wanted.get("schema") ?? "").replace(/[^\w-]/g, "")
const element = document.querySelector("#docs")
const draw = {
  docs: {
    script: "swagger-ui-bundle.js",
    run: (spec) =>
      SwaggerUIBundle({
        spec,
        domNode: element,
        supportedSubmitMethods: [], // nothing to send a request to
        validatorUrl: null, // its validator is on another host
        docExpansion: "full",
      }),
  },
  redoc: {
    script: "redoc.standalone.js",
    run: (spec) => Redoc.init(spec, { hideDownloadButton: true, disableSearch: true }, element),
  },
}[wanted.get("kind") === "redoc" ? "redoc" : "docs"]
const script = Object.assign(document.createElement("script"), { src: files + draw.script })
const loaded = new Promise((done, failed) => Object.assign(script, { onload: done, onerror: failed }))
document.head.append(script)
Promise.all([fetch(`${files}${name}.json`).then((answer) => answer.json()), loaded])
  .then(([spec]) => draw.run(spec))
  .catch(() => (element.textContent = "There is no schema of this name."))
