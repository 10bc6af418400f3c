import { ChevronRight, Square, SquareCheck } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { childrenOf, foldedOf, isBlank, plainText, textAt, type Block } from '../../../lib/report/spec.ts'
import { CopyButton } from '../../../ui/CopyButton.tsx'
import { useReport } from '../context.ts'
import { Grid } from '../panels/Grid.tsx'
import { Embedded, Gallery, Picture, Query } from './Elsewhere.tsx'
import { Formula } from './Formula.tsx'
import { Inline } from './Inline.tsx'
import { Markdown } from './Markdown.tsx'
import '../../../ui/code.css'

/** Blocks of a report below each other. */
export function Blocks({ blocks }: { blocks: Block[] }) {
  return blocks.map((block, index) => <View key={index} block={block} />)
}

/** All blocks of a report; each says which it is, for what is said about it. What is blank at the ends is not shown. */
export function AllBlocks({ blocks }: { blocks: Block[] }) {
  return blocks.map((block, index) =>
    isBlank(block) && (index === 0 || index === blocks.length - 1) ? null : <div key={index} className="block" data-block={index}><View block={block} /></div>)
}

/** One block, by its type. */
export function View({ block }: { block: Block }): ReactNode {
  const inside = <Inline nodes={childrenOf(block)} />
  switch (block.type) {
    case 'paragraph':
    case 'default':
      return <p>{inside}</p>
    case 'heading':
      return <Heading block={block} />
    case 'list':
      return <List block={block} />
    case 'block-quote':
      return <blockquote>{inside}</blockquote>
    case 'callout-block':
      return <div className="callout" role="note">{childrenOf(block).map((line, index) => <p key={index}><Inline nodes={childrenOf(line)} /></p>)}</div>
    case 'code-block':
      return <Code block={block} />
    case 'latex':
      return <div className="formula-line" tabIndex={0} role="math" aria-label={textAt(block, 'content')}><Formula source={textAt(block, 'content')} block /></div>
    case 'markdown-block':
      return <Markdown text={textAt(block, 'content')} />
    case 'image':
      return <Picture block={block} />
    case 'horizontal-rule':
      return <hr />
    case 'table-of-contents':
      return <Contents />
    case 'panel-grid':
      return <Grid block={block} />
    case 'gallery':
      return <Gallery block={block} />
    case 'video':
    case 'spotify':
    case 'soundcloud':
    case 'twitter':
      return <Embedded block={block} />
    case 'weave-panel':
      return <Query block={block} />
    default:
      return <Unknown block={block} />
  }
}

/** A block of a type that is not known: its letters, and that there is more to it. */
function Unknown({ block }: { block: Block }) {
  return <div className="kept-block quiet">A block of the type “{String(block.type ?? 'none')}” is not shown here; it is kept as it is.{plainText(block) ? <p>{plainText(block)}</p> : null}</div>
}

/** A heading; one that hides what is below it opens and closes. On paper it is open. */
function Heading({ block }: { block: Block }) {
  const { headings } = useReport()
  const [isOpen, setIsOpen] = useState(false)
  const folded = foldedOf(block)
  const Level = (['h2', 'h3', 'h4'] as const)[(headings.get(block)?.shown ?? 1) - 1] ?? 'h4'
  const text = <Inline nodes={childrenOf(block)} />
  if (folded.length === 0) return plainText(block) === '' ? null : <Level id={headings.get(block)?.id}>{text}</Level>
  return (
    <>
      <Level id={headings.get(block)?.id}>
        <button type="button" className="fold" aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}><ChevronRight size={16} aria-hidden /> {text}</button>
      </Level>
      <div className={isOpen ? undefined : 'folded'}><Blocks blocks={folded} /></div>
    </>
  )
}

function Code({ block }: { block: Block }) {
  const text = childrenOf(block).map(plainText).join('\n')
  return (
    <div className="code-block">
      <pre tabIndex={0}>{text}</pre>
      <CopyButton text={text} what="code" />
    </div>
  )
}

function List({ block }: { block: Block }) {
  const items = childrenOf(block)
  const ordered = block['ordered'] === true || items[0]?.['ordered'] === true
  const Kind = ordered ? 'ol' : 'ul'
  const isChecked = items.some((item) => typeof item['checked'] === 'boolean')
  return <Kind className={isChecked ? 'checks' : 'listed'}>{items.map((item, index) => <Item key={index} item={item} />)}</Kind>
}

function Item({ item }: { item: Block }) {
  // An item holds a line, and may hold lists below it.
  const parts = childrenOf(item)
  const lists = parts.filter((part) => part.type === 'list')
  const line = parts.filter((part) => part.type !== 'list')
  const checked = item['checked']
  const Box = checked === true ? SquareCheck : Square
  return (
    <li>
      {typeof checked === 'boolean' ? <Box size={14} role="img" aria-label={checked ? 'done' : 'to do'} /> : null}
      <Inline nodes={line} />
      {lists.map((list, index) => <List key={index} block={list} />)}
    </li>
  )
}

/** The headings of the report as links to them. */
function Contents() {
  const { headings } = useReport()
  const entries = [...headings.values()].filter(({ text }) => text !== '')
  return (
    <nav className="contents" aria-label="Contents">
      <ol>{entries.map(({ id, level, text }) => <li key={id} className={`contents-${level}`}><a href={`#${id}`}>{text}</a></li>)}</ol>
    </nav>
  )
}
