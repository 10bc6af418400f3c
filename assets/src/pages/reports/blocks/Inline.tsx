import type { ReactNode } from 'react'
import { childrenOf, safeAddress, textAt, type Block } from '../../../lib/report/spec.ts'
import { Formula } from './Formula.tsx'

/** Texts with their marks, links and formulas within a line. */
export function Inline({ nodes }: { nodes: Block[] }) {
  return nodes.map((node, index) => <Piece key={index} node={node} />)
}

function Piece({ node }: { node: Block }): ReactNode {
  if (typeof node.text === 'string') return <Marked node={node} text={node.text} />
  const inside = <Inline nodes={childrenOf(node)} />
  if (node.type === 'link') return <OutLink address={textAt(node, 'url')}>{inside}</OutLink>
  if (node.type === 'latex') return <Formula source={textAt(node, 'content')} />
  // What is not known is shown by its letters.
  return inside
}

function Marked({ node, text }: { node: Block; text: string }) {
  let shown: ReactNode = text
  if (node['inlineCode'] === true) shown = <code>{shown}</code>
  if (node['bold'] === true) shown = <strong>{shown}</strong>
  if (node['italic'] === true) shown = <em>{shown}</em>
  if (node['underline'] === true) shown = <u>{shown}</u>
  if (node['strikethrough'] === true) shown = <s>{shown}</s>
  return shown
}

/** A link that somebody wrote; what could run as a script is no link. */
export function OutLink({ address, children }: { address: string; children: ReactNode }) {
  const safe = safeAddress(address)
  return safe === null ? <>{children}</> : <a href={safe} target="_blank" rel="noreferrer noopener">{children}</a>
}
