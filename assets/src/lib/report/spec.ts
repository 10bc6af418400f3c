// A report as it is stored: blocks in the form that the editor Slate gives them, with whatever else its writer put there.
// Nothing that is not understood here is touched: what is read is written back as it was.
import { parsePythonJson } from '../json.ts'

/** A block, a part of one, or a text with its marks. */
export type Block = { type?: string; text?: string; children?: Block[] } & Record<string, unknown>

export type Width = 'readable' | 'fixed' | 'fluid'
export type Spec = { blocks: Block[] } & Record<string, unknown>

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
const isBlock = (value: unknown): value is Block => isRecord(value)

/** Reads a stored report; throws in words when it is none. */
export function readSpec(text: string): Spec {
  let document: unknown
  try {
    document = parsePythonJson(text)
  } catch {
    throw new Error('what is stored of this report is not JSON')
  }
  if (!isRecord(document)) throw new Error('what is stored of this report is not an object')
  const { blocks } = document
  if (blocks !== undefined && !Array.isArray(blocks)) throw new Error('the blocks of this report are not a list')
  return { ...document, blocks: (blocks ?? []) as Block[] }
}

/** What a new report begins with. */
export const emptySpec = (): Spec => ({ version: 5, panelSettings: {}, blocks: [paragraph()], width: 'readable', authors: [], discussionThreads: [] })

export const paragraph = (text = ''): Block => ({ type: 'paragraph', children: [{ text }] })

export function widthOf(spec: Spec): Width {
  const width = spec['width']
  return width === 'fixed' || width === 'fluid' ? width : 'readable'
}

/** The parts of a block; what is no object among them is nothing that could be shown. */
export const childrenOf = (block: Block): Block[] => (Array.isArray(block.children) ? block.children.filter(isBlock) : [])

/** A member that is to be a text. */
export const textAt = (block: Record<string, unknown>, name: string): string => {
  const value = block[name]
  return typeof value === 'string' ? value : ''
}

/** All letters of a block, without marks. A formula stands as its source. */
export function plainText(block: Block): string {
  if (typeof block.text === 'string') return block.text
  if (block.type === 'latex') return textAt(block, 'content')
  return childrenOf(block).map(plainText).join('')
}

/** Whether nothing is to be seen of it: writers begin and end reports with such paragraphs. */
export const isBlank = (block: Block) => (block.type === 'paragraph' || block.type === 'default') && plainText(block) === '' && childrenOf(block).every((child) => child.type === undefined)

/** `shown` is its level on the page, where none is skipped. */
export type Heading = { id: string; level: number; shown: number; text: string }

/** The level of a heading in the report, 1 to 3. */
export const levelOf = (block: Block) => Math.min(3, Math.max(1, Number(block['level']) || 1))

/** The headings with an anchor each, by their block: equal texts have different ones. */
export function headings(blocks: Block[]): Map<Block, Heading> {
  const found = new Map<Block, Heading>()
  const taken = new Map<string, number>()
  let above = 0
  const visit = (block: Block) => {
    if (block.type !== 'heading') return
    const text = plainText(block)
    const shown = Math.min(levelOf(block), above + 1)
    if (text !== '') above = shown
    const base = text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/g, '') || 'section'
    const count = taken.get(base) ?? 0
    taken.set(base, count + 1)
    found.set(block, { id: count === 0 ? `section-${base}` : `section-${base}-${count + 1}`, level: levelOf(block), shown, text })
    foldedOf(block).forEach(visit)
  }
  blocks.forEach(visit)
  return found
}

/** The blocks that a heading hides until it is opened. */
export function foldedOf(block: Block): Block[] {
  const folded = block['collapsedChildren']
  return Array.isArray(folded) ? folded.filter(isBlock) : []
}

/** An address that a click may lead to; null for anything that would run as a script. */
export function safeAddress(address: string): string | null {
  const trimmed = address.trim()
  if (/^(https?:|mailto:)/i.test(trimmed)) return trimmed
  // Without a scheme it is a place on this server.
  return /^[a-z][a-z0-9+.-]*:/i.test(trimmed) || trimmed === '' ? null : trimmed
}
