// The one place that knows the editor Slate. A report is stored in its form, so nothing is converted; what it is not to touch
// lies within a block of the type `kept`, as it was stored.
import { createEditor, Editor, Element, Node, Path, Point, Range, Text, Transforms, type BaseEditor, type Descendant, type NodeEntry } from 'slate'
import { withHistory, type HistoryEditor } from 'slate-history'
import { Editable, ReactEditor, Slate, useFocused, useSelected, useSlate, useSlateStatic, withReact, type RenderElementProps, type RenderLeafProps } from 'slate-react'

export type WrittenText = { text: string } & Record<string, unknown>
export type WrittenElement = { type: string; children: Descendant[] } & Record<string, unknown>

declare module 'slate' {
  interface CustomTypes {
    Editor: BaseEditor & ReactEditor & HistoryEditor
    Element: WrittenElement
    Text: WrittenText
  }
}

export { Editable, Editor, Element, Node, Path, Point, Range, ReactEditor, Slate, Text, Transforms, useFocused, useSelected, useSlate, useSlateStatic }
export type { Descendant, NodeEntry, RenderElementProps, RenderLeafProps }

/** An editor for reports, with undo. */
export function newEditor(): Editor {
  const editor = withHistory(withReact(createEditor()))
  editor.isInline = (element) => element.type === 'link' || element.type === 'latex'
  editor.isVoid = (element) => element.type === 'kept' || element.type === 'latex'
  const { normalizeNode } = editor
  editor.normalizeNode = (entry, options) => {
    const [node, path] = entry
    // One can always write on below what is no text.
    if (path.length === 0 && Editor.isEditor(node)) {
      const last = node.children.at(-1)
      if (!last || (Element.isElement(last) && last.type === 'kept')) {
        Transforms.insertNodes(editor, { type: 'paragraph', children: [{ text: '' }] }, { at: [node.children.length] })
        return
      }
    }
    normalizeNode(entry, options)
  }
  return editor
}
