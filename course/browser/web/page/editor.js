// The editor of a cell: CodeMirror 6, in the site's colours. Loaded when the page is idle, or at the first touch.

import { closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete"
import { defaultKeymap, history, historyKeymap, indentLess, indentMore } from "@codemirror/commands"
import { pythonLanguage } from "@codemirror/lang-python"
import {
  HighlightStyle,
  LanguageSupport,
  bracketMatching,
  forceParsing,
  indentOnInput,
  indentUnit,
  syntaxHighlighting,
} from "@codemirror/language"
import { EditorState, Prec } from "@codemirror/state"
import { EditorView, keymap } from "@codemirror/view"
import { styleTags, tags } from "@lezer/highlight"
import { StyleModule } from "style-mod"

/** @import {Command, KeyBinding} from "@codemirror/view" */

// CodeMirror would write <style> elements, which a strict Content-Security-Policy refuses; sheets made by
// script are allowed by every policy.
/** @type {Set<StyleModule>} */
const adopted = new Set()
StyleModule.mount = (_root, modules) => {
  for (const module of [modules].flat()) {
    if (adopted.has(module)) continue
    adopted.add(module)
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(module.getRules())
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet]
  }
}

// Colours as the page's own blocks of code have them.
const python = new LanguageSupport(
  pythonLanguage.configure({
    props: [styleTags({ "Decorator/At Decorator/VariableName Decorator/PropertyName": tags.annotation })],
  }),
)
const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.annotation, tags.self], color: "var(--hl-keyword)" },
  { tag: [tags.string, tags.special(tags.string), tags.docString], color: "var(--hl-string)" },
  { tag: [tags.number, tags.escape], color: "var(--hl-number)" },
  {
    tag: [tags.function(tags.definition(tags.variableName)), tags.definition(tags.className)],
    color: "var(--hl-name)",
  },
  { tag: tags.comment, color: "var(--hl-comment)" },
])

/** The id of the text that tells screen readers how to get out of an editor. */
export const HELP = "editor-help"

const PATIENCE = 1000 // ms that a new line may wait for its indentation

/**
 * An editor in `parent`.
 * @param {{parent: HTMLElement, text: string, label: string, onchange: (text: string) => void,
 *   onrun: () => void, onnext: () => void}} options
 * @returns {{text: string, set: (text: string) => void, focus: (at?: {x: number, y: number}) => void}}
 */
export function mount({ parent, text, label, onchange, onrun, onnext }) {
  // Whoever only passes with Tab passes on. From the first key that edits, Tab indents, until Escape.
  let editing = false
  let setting = false
  /** @type {(indent: Command) => Command} */
  const tab = (indent) => (view) => editing && indent(view)
  /** @type {KeyBinding[]} */
  const keys = [
    { key: "Ctrl-Enter", mac: "Cmd-Enter", run: () => (onrun(), true) },
    { key: "Ctrl-Enter", run: () => (onrun(), true) },
    { key: "Shift-Enter", run: () => (onnext(), true) },
    {
      key: "Tab",
      run: tab((view) => (view.state.selection.main.empty ? insertIndent(view) : indentMore(view))),
      shift: tab(indentLess),
    },
    { key: "Escape", run: () => (editing = false) },
    // What indents the new line reads the syntax, which may not have been parsed yet in a browser that is busy.
    { key: "Enter", run: (view) => (forceParsing(view, view.state.selection.main.head, PATIENCE), false) },
  ]
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: text,
      extensions: [
        Prec.highest(keymap.of(keys)),
        keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap]),
        history(),
        python,
        indentUnit.of("    "),
        EditorState.tabSize.of(4),
        indentOnInput(),
        bracketMatching(),
        closeBrackets(),
        syntaxHighlighting(colours),
        EditorView.contentAttributes.of({
          "aria-label": label,
          "aria-describedby": HELP,
          spellcheck: "false",
          tabindex: "0",
        }),
        EditorView.domEventHandlers({
          focus: () => void (editing = false),
          pointerdown: () => void (editing = true),
          keydown: ({ key }) => void (editing ||= !["Tab", "Shift", "Control", "Alt", "Meta", "Escape"].includes(key)),
        }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged && !setting) onchange(update.state.doc.toString())
        }),
      ],
    }),
  })
  return {
    get text() {
      return view.state.doc.toString()
    },
    /** Replace the text, as one step that can be undone; nobody is told. */
    set(text) {
      setting = true
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } })
      setting = false
    },
    /** @param {{x: number, y: number}} [at] where the cursor goes */
    focus(at) {
      view.focus()
      const anchor = at && view.posAtCoords(at)
      if (anchor) view.dispatch({ selection: { anchor } })
    },
  }
}

/** Spaces up to the next place that is a multiple of four. @type {Command} */
function insertIndent(view) {
  const { head } = view.state.selection.main
  const column = head - view.state.doc.lineAt(head).from
  view.dispatch(view.state.replaceSelection(" ".repeat(4 - (column % 4))))
  return true
}
