// Blocks of a report as the editor has them: what is text can be written in; everything else is kept whole, as it was stored.
import { childrenOf, type Block } from './spec.ts'

/** A block that the editor does not look into. */
export type Kept = { type: 'kept'; block: Block; children: [{ text: '' }] }

export const kept = (block: Block): Kept => ({ type: 'kept', block, children: [{ text: '' }] })

/** What is in lines: texts, links of texts, formulas. */
function isLine(nodes: unknown): boolean {
  return Array.isArray(nodes) && nodes.length > 0 && nodes.every((node: Block | null) => {
    if (typeof node !== 'object' || node === null) return false
    if (typeof node.text === 'string') return true
    if (node.type === 'link') return Array.isArray(node.children) && node.children.length > 0 && node.children.every((child) => typeof child?.text === 'string')
    return node.type === 'latex' && node['block'] !== true
  })
}

const isMadeOf = (block: Block, type: string) => childrenOf(block).length > 0 && childrenOf(block).length === block.children?.length && childrenOf(block).every((child) => child.type === type && isLine(child.children))

/** Whether the editor can write in a block without changing what it does not know. */
export function isWritable(block: Block): boolean {
  switch (block.type) {
    case 'paragraph':
    case 'default':
    case 'heading':
    case 'block-quote':
      return isLine(block.children)
    case 'list':
      return isMadeOf(block, 'list-item')
    case 'callout-block':
      return isMadeOf(block, 'callout-line')
    case 'code-block':
      return isMadeOf(block, 'code-line')
    default:
      return false
  }
}

/** The blocks of a report for the editor. */
export const toWritten = (blocks: Block[]): Block[] => {
  const written = blocks.map((block) => (isWritable(block) ? block : (kept(block) as unknown as Block)))
  return written.length > 0 ? written : [{ type: 'paragraph', children: [{ text: '' }] }]
}

/** The blocks to store. */
export const fromWritten = (written: Block[]): Block[] => written.map((block) => (block.type === 'kept' ? (block['block'] as Block) : block))
