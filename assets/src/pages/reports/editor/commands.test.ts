import { expect, test } from 'vitest'
import { toWritten } from '../../../lib/report/written.ts'
import type { Block } from '../../../lib/report/spec.ts'
import { backOut, breakLine, clearSlash, insertKept, KINDS, kindOf, moveBlock, setKind, setLink, slashAt, toggleMark, topBlock } from './commands.ts'
import { Editor, newEditor, Transforms, type Descendant } from './slate.ts'

/** An editor with blocks, the cursor at the end of the last. */
function written(...blocks: Block[]) {
  const editor = newEditor()
  editor.children = toWritten(blocks) as Descendant[]
  Transforms.select(editor, Editor.end(editor, [blocks.length - 1]))
  return editor
}
const line = (text: string): Block => ({ type: 'paragraph', children: [{ text }] })
const shape = (editor: ReturnType<typeof newEditor>) => editor.children.map((block) => [(block as Block).type, Editor.string(editor, [editor.children.indexOf(block)], { voids: false })])

test('a block becomes of every kind and keeps its letters, its marks and the cursor', () => {
  for (const [kind] of KINDS) {
    const editor = written({ type: 'paragraph', children: [{ text: 'plain ' }, { text: 'bold', bold: true }] })
    setKind(editor, kind)
    expect(kindOf(topBlock(editor)?.[0]), kind).toBe(kind)
    expect(Editor.string(editor, [0]), kind).toBe('plain bold')
    Editor.insertText(editor, '!')
    expect(Editor.string(editor, [0]), kind).toBe('plain bold!')
    setKind(editor, 'paragraph')
    expect(editor.children, kind).toEqual([kind === 'code-block' ? line('plain bold!') : { type: 'paragraph', children: [{ text: 'plain ' }, { text: 'bold!', bold: true }] }])
  }
})

test('a line breaks as one expects where the cursor is', () => {
  const heading = written({ type: 'heading', level: 2, children: [{ text: 'Title' }] })
  expect(breakLine(heading)).toBe(true)
  expect(shape(heading)).toEqual([['heading', 'Title'], ['paragraph', '']])
  const list = written({ type: 'list', children: [{ type: 'list-item', children: [{ text: 'one' }] }, { type: 'list-item', children: [{ text: '' }] }] })
  expect(breakLine(list)).toBe(true)
  expect(shape(list)).toEqual([['list', 'one'], ['paragraph', '']])
  const paragraph = written(line('words'))
  expect(breakLine(paragraph)).toBe(false)
  Transforms.select(heading, Editor.start(heading, [0]))
  expect(backOut(heading)).toBe(true)
  expect(shape(heading)[0]).toEqual(['paragraph', 'Title'])
})

test('what is no text takes the place of an empty line, and one can write below it', () => {
  const editor = written(line('/panel'))
  expect(slashAt(editor)).toBe('panel')
  clearSlash(editor)
  insertKept(editor, { type: 'horizontal-rule', children: [{ text: '' }] })
  expect(shape(editor)).toEqual([['kept', ''], ['paragraph', '']])
  expect(editor.selection?.anchor.path).toEqual([1, 0])
  Editor.insertText(editor, 'below')
  moveBlock(editor, 1, 0)
  expect(shape(editor).slice(0, 2)).toEqual([['paragraph', 'below'], ['kept', '']])
  moveBlock(editor, 0, -1)
  expect(shape(editor)[0]).toEqual(['paragraph', 'below'])
  editor.undo()
  editor.undo()
  expect(slashAt(written(line('a /panel')))).toBeNull()
})

test('marks and links are put on and taken away', () => {
  const editor = written(line('words'))
  Transforms.select(editor, [0])
  toggleMark(editor, 'bold')
  expect(editor.children).toEqual([{ type: 'paragraph', children: [{ text: 'words', bold: true }] }])
  toggleMark(editor, 'bold')
  setLink(editor, 'https://a.example')
  expect(editor.children).toEqual([{ type: 'paragraph', children: [{ text: '' }, { type: 'link', url: 'https://a.example', children: [{ text: 'words' }] }, { text: '' }] }])
  setLink(editor, '')
  expect(editor.children).toEqual([line('words')])
})
