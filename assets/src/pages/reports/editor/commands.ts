// What can be done to a report while it is written.
import { kept } from '../../../lib/report/written.ts'
import type { Block } from '../../../lib/report/spec.ts'
import { Editor, Element, Node, Path, Range, Text, Transforms, type WrittenElement } from './slate.ts'

export type Mark = 'bold' | 'italic' | 'underline' | 'strikethrough' | 'inlineCode'

export const hasMark = (editor: Editor, mark: Mark) => (Editor.marks(editor) as Record<string, unknown> | null)?.[mark] === true

export function toggleMark(editor: Editor, mark: Mark): void {
  if (hasMark(editor, mark)) Editor.removeMark(editor, mark)
  else Editor.addMark(editor, mark, true)
}

/** The kinds of blocks that one writes in. */
export type Kind = 'paragraph' | 'heading-1' | 'heading-2' | 'heading-3' | 'bulleted' | 'numbered' | 'checked' | 'block-quote' | 'callout-block' | 'code-block'

export const KINDS: [kind: Kind, name: string][] = [
  ['paragraph', 'Text'], ['heading-1', 'Heading 1'], ['heading-2', 'Heading 2'], ['heading-3', 'Heading 3'],
  ['bulleted', 'Bulleted list'], ['numbered', 'Numbered list'], ['checked', 'Checklist'],
  ['block-quote', 'Quote'], ['callout-block', 'Callout'], ['code-block', 'Code'],
]

/** The block of the top level where the cursor is. */
export function topBlock(editor: Editor): [WrittenElement, Path] | null {
  const at = editor.selection?.anchor.path[0]
  const node = at === undefined ? undefined : editor.children[at]
  return at !== undefined && node && Element.isElement(node) ? [node, [at]] : null
}

export function kindOf(block: WrittenElement | undefined): Kind | null {
  switch (block?.type) {
    case 'paragraph':
    case 'default':
      return 'paragraph'
    case 'heading':
      return `heading-${Math.min(3, Math.max(1, Number(block['level']) || 1)) as 1 | 2 | 3}`
    case 'list': {
      const item = block.children[0] as WrittenElement | undefined
      if (typeof item?.['checked'] === 'boolean') return 'checked'
      return block['ordered'] === true || item?.['ordered'] === true ? 'numbered' : 'bulleted'
    }
    case 'block-quote':
    case 'callout-block':
    case 'code-block':
      return block.type
    default:
      return null
  }
}

const LINES: Record<string, string> = { list: 'list-item', 'callout-block': 'callout-line', 'code-block': 'code-line' }

/** Makes the block at the cursor one of that kind: its lines stay its lines. */
export function setKind(editor: Editor, kind: Kind): void {
  const found = topBlock(editor)
  if (!found || found[0].type === 'kept') return
  const [block, path] = found
  const lines = LINES[block.type] ? block.children.map((line) => (line as WrittenElement).children) : [block.children]
  const made = blocksOf(kind, lines)
  const { selection } = editor
  Editor.withoutNormalizing(editor, () => {
    Transforms.removeNodes(editor, { at: path })
    Transforms.insertNodes(editor, made, { at: path })
  })
  if (!selection) return
  // The cursor stays at its letter: how deep lines lie has changed.
  const line = LINES[block.type] ? (selection.focus.path[1] ?? 0) : 0
  const rest = selection.focus.path.slice(LINES[block.type] ? 2 : 1)
  const [first = 0] = path
  const target = made.length > 1 ? [first + line, ...rest] : LINES[made[0]?.type ?? ''] ? [first, line, ...rest] : [first, ...rest]
  const text = Node.has(editor, target) ? Node.get(editor, target) : null
  const fits = text !== null && Text.isText(text) && selection.focus.offset <= text.text.length
  Transforms.select(editor, fits ? { path: target, offset: selection.focus.offset } : Editor.end(editor, path))
}

function blocksOf(kind: Kind, lines: WrittenElement['children'][]): WrittenElement[] {
  switch (kind) {
    case 'bulleted':
      return [{ type: 'list', children: lines.map((children) => ({ type: 'list-item', children })) }]
    case 'numbered':
      return [{ type: 'list', ordered: true, children: lines.map((children) => ({ type: 'list-item', ordered: true, children })) }]
    case 'checked':
      return [{ type: 'list', children: lines.map((children) => ({ type: 'list-item', checked: false, children })) }]
    case 'callout-block':
      return [{ type: 'callout-block', children: lines.map((children) => ({ type: 'callout-line', children })) }]
    case 'code-block':
      return [{ type: 'code-block', language: 'python', children: lines.map((children) => ({ type: 'code-line', language: 'python', children: [{ text: children.map((node) => Node.string(node)).join('') }] })) }]
    case 'block-quote':
    case 'paragraph':
      return lines.map((children) => ({ type: kind, children }))
    default:
      return lines.map((children) => ({ type: 'heading', level: Number(kind.at(-1)), children }))
  }
}

const isEmpty = (editor: Editor, path: Path) => Editor.string(editor, path) === ''

/** Puts a block that is no text after the one at the cursor; in place of it, if that is empty. */
export function insertKept(editor: Editor, block: Block): void {
  const found = topBlock(editor)
  const element = kept(block) as unknown as WrittenElement
  const at = found ? found[1] : [editor.children.length]
  const replaces = found !== null && found[0].type === 'paragraph' && isEmpty(editor, found[1])
  Editor.withoutNormalizing(editor, () => {
    if (replaces) Transforms.removeNodes(editor, { at })
    Transforms.insertNodes(editor, element, { at: replaces || !found ? at : Path.next(at) })
  })
  const after = (replaces || !found ? (at[0] ?? 0) : (at[0] ?? 0) + 1) + 1
  if (!editor.children[after]) Transforms.insertNodes(editor, { type: 'paragraph', children: [{ text: '' }] }, { at: [after] })
  Transforms.select(editor, Editor.start(editor, [after]))
}

/** Moves a block of the top level up or down by one. */
export function moveBlock(editor: Editor, from: number, to: number): void {
  if (!editor.children[from] || !editor.children[to] || from === to) return
  Transforms.moveNodes(editor, { at: [from], to: [to] })
}

export const removeBlock = (editor: Editor, at: number) => Transforms.removeNodes(editor, { at: [at] })

/** Makes what is selected a link, or puts in the address itself; an empty address takes links away. */
export function setLink(editor: Editor, address: string): void {
  Transforms.unwrapNodes(editor, { match: (node) => Element.isElement(node) && node.type === 'link' })
  if (address === '' || !editor.selection) return
  if (Range.isCollapsed(editor.selection)) Transforms.insertNodes(editor, { type: 'link', url: address, children: [{ text: address }] })
  else Transforms.wrapNodes(editor, { type: 'link', url: address, children: [] }, { split: true })
}

/** The link at the cursor. */
export function linkAt(editor: Editor): string | null {
  const [found] = Editor.nodes(editor, { match: (node) => Element.isElement(node) && node.type === 'link' })
  const url = found ? (found[0] as WrittenElement)['url'] : null
  return typeof url === 'string' ? url : null
}

/** Where a line ends, the next one begins as what one expects to write there. True if it was done. */
export function breakLine(editor: Editor): boolean {
  const { selection } = editor
  const found = topBlock(editor)
  if (!selection || !found || !Range.isCollapsed(selection)) return false
  const [block, path] = found
  const after = Path.next(path)
  const leave = () => {
    Transforms.insertNodes(editor, { type: 'paragraph', children: [{ text: '' }] }, { at: after })
    Transforms.select(editor, Editor.start(editor, after))
  }
  if (block.type === 'kept') {
    leave()
    return true
  }
  if ((block.type === 'heading' || block.type === 'block-quote') && Editor.isEnd(editor, selection.anchor, path)) {
    leave()
    return true
  }
  const line = selection.anchor.path.slice(0, 2)
  if (LINES[block.type] && isEmpty(editor, line) && line[1] === block.children.length - 1) {
    // An empty last line ends the list.
    Editor.withoutNormalizing(editor, () => {
      if (block.children.length > 1) {
        Transforms.removeNodes(editor, { at: line })
        Transforms.insertNodes(editor, { type: 'paragraph', children: [{ text: '' }] }, { at: after })
        Transforms.select(editor, Editor.start(editor, after))
      }
    })
    if (block.children.length === 1) setKind(editor, 'paragraph')
    return true
  }
  return false
}

/** At the beginning of what is no plain text, going back makes it plain text. True if it was done. */
export function backOut(editor: Editor): boolean {
  const { selection } = editor
  const found = topBlock(editor)
  if (!selection || !found || !Range.isCollapsed(selection)) return false
  const [block, path] = found
  if (block.type === 'paragraph' || block.type === 'kept' || !Editor.isStart(editor, selection.anchor, path)) return false
  setKind(editor, 'paragraph')
  return true
}

/** Checks an item of a checklist, or takes the mark away. */
export function setChecked(editor: Editor, path: Path, checked: boolean): void {
  Transforms.setNodes(editor, { checked } as Partial<WrittenElement>, { at: path })
}

/** What stands after a slash at the beginning of an otherwise empty text; null where there is none. */
export function slashAt(editor: Editor): string | null {
  const found = topBlock(editor)
  if (!found || found[0].type !== 'paragraph' || !editor.selection || !Range.isCollapsed(editor.selection)) return null
  const text = Editor.string(editor, found[1])
  return /^\/(?! )[^/]{0,20}$/.test(text) ? text.slice(1).toLowerCase() : null
}

/** Takes the slash and what was typed after it away. */
export function clearSlash(editor: Editor): void {
  const found = topBlock(editor)
  if (!found) return
  Transforms.delete(editor, { at: { anchor: Editor.start(editor, found[1]), focus: Editor.end(editor, found[1]) } })
}
