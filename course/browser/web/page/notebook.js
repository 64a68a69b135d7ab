// The lesson's notebook with the reader's text in place of the lesson's.

/** @import {KeptOutput, Multiline} from "../types.ts" */

/**
 * @typedef {{cell_type: string, source: Multiline, outputs: object[], execution_count: number | null}} NotebookCell
 */

/**
 * @param {{cells: NotebookCell[]}} notebook as the site has it, nbformat 4
 * @param {{number: number, source: string, text: string, edited: boolean, outputs: KeptOutput[] | null}[]} cells
 *   numbered as the notebook's code cells are, from 1; outputs: null where the stored ones still stand
 * @returns {string} the notebook as nbformat writes it
 */
export function edited(notebook, cells) {
  const code = notebook.cells.filter((cell) => cell.cell_type === "code")
  for (const cell of cells) {
    const target = code[cell.number - 1]
    if (!target || joined(target.source).trim() !== cell.source.trim()) {
      throw new Error(`The stored notebook is of another version of the lesson: cell ${cell.number} differs.`)
    }
    if (cell.edited) target.source = lines(cell.text)
    if (cell.outputs) target.outputs = cell.outputs.map((output) => neat(output))
    else if (cell.edited) target.outputs = []
    // Counts are those of one run from the top, which this is not.
    if (cell.edited || cell.outputs) target.execution_count = null
  }
  return `${JSON.stringify(notebook, null, 1)}\n`
}

/** @param {KeptOutput} output */
function neat(output) {
  return output.output_type === "stream" ? { ...output, text: lines(output.text) } : output
}

/** A text as notebooks have it. @param {string} text */
export function lines(text) {
  return text.match(/.*\n|.+$/g) ?? []
}

/** @param {Multiline} source */
function joined(source) {
  return Array.isArray(source) ? source.join("") : source
}
