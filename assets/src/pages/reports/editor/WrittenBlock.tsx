import { GripVertical, Pencil, Trash2 } from 'lucide-react'
import { useState, type DragEvent, type KeyboardEvent, type ReactNode } from 'react'
import { levelOf, safeAddress, textAt, type Block } from '../../../lib/report/spec.ts'
import { Button } from '../../../ui/Button.tsx'
import { View } from '../blocks/Blocks.tsx'
import { Formula } from '../blocks/Formula.tsx'
import type { Asked } from './Asking.tsx'
import { moveBlock, removeBlock, setChecked } from './commands.ts'
import { ReactEditor, useSelected, useSlateStatic, type RenderElementProps, type WrittenElement } from './slate.ts'

type Props = RenderElementProps & { onAsk: (what: Asked['what'], block: Block, at: number[]) => void }

/** A block as it is written in; those of the top level can be moved. */
export function WrittenBlock(props: Props) {
  const { element, attributes, children } = props
  switch (element.type) {
    case 'link':
      return <a {...attributes} href={safeAddress(textAt(element, 'url')) ?? undefined} onClick={(event) => event.preventDefault()}>{children}</a>
    case 'latex':
      return <span {...attributes}><span contentEditable={false}><Formula source={textAt(element, 'content')} /></span>{children}</span>
    case 'list-item':
      return <Item {...props} />
    case 'callout-line':
      return <p {...attributes}>{children}</p>
    case 'code-line':
      return <div {...attributes}>{children}</div>
    default:
      return <Movable {...props}><Shape {...props} /></Movable>
  }
}

/** What a block of the top level looks like. */
function Shape(props: Props): ReactNode {
  const { element, children } = props
  switch (element.type) {
    case 'heading': {
      const Level = (['h2', 'h3', 'h4'] as const)[levelOf(element as Block) - 1] ?? 'h4'
      return <Level>{children}</Level>
    }
    case 'list': {
      const ordered = element['ordered'] === true || (element.children[0] as WrittenElement | undefined)?.['ordered'] === true
      const checks = element.children.some((item) => typeof (item as WrittenElement)['checked'] === 'boolean')
      const Kind = ordered ? 'ol' : 'ul'
      return <Kind className={checks ? 'checks' : 'listed'}>{children}</Kind>
    }
    case 'block-quote':
      return <blockquote>{children}</blockquote>
    case 'callout-block':
      return <div className="callout">{children}</div>
    case 'code-block':
      return <div className="code-block written-code"><pre>{children}</pre></div>
    case 'kept':
      return <Whole {...props} />
    default:
      return <p>{children}</p>
  }
}

function Item({ element, attributes, children }: Props) {
  const editor = useSlateStatic()
  const checked = element['checked']
  return (
    <li {...attributes}>
      {typeof checked === 'boolean' ? (
        <span contentEditable={false} className="check-box">
          <input type="checkbox" checked={checked} aria-label="Done" onChange={(event) => setChecked(editor, ReactEditor.findPath(editor, element), event.target.checked)} />
        </span>
      ) : null}
      {children}
    </li>
  )
}

const EDITED: Record<string, Asked['what']> = { latex: 'formula', 'markdown-block': 'markdown', image: 'picture', 'panel-grid': 'grid' }

/** A block that is no text, as readers see it, with what can be done to it. */
function Whole({ element, children, onAsk }: Props) {
  const editor = useSlateStatic()
  const selected = useSelected()
  const block = element['block'] as Block
  const what = EDITED[block.type ?? '']
  const name = NAMES[block.type ?? ''] ?? `block of the type “${String(block.type)}”`
  return (
    <>
      <div contentEditable={false} className={selected ? 'whole whole-selected' : 'whole'}>
        <div className="whole-tools">
          <span className="quiet">{name}</span>
          {what ? <Button kind="icon" aria-label={`Edit this ${name}`} title="Edit" onClick={() => onAsk(what, block, ReactEditor.findPath(editor, element))}><Pencil size={14} aria-hidden /></Button> : null}
          <Button kind="icon" aria-label={`Remove this ${name}`} title="Remove" onClick={() => removeBlock(editor, ReactEditor.findPath(editor, element)[0] ?? 0)}><Trash2 size={14} aria-hidden /></Button>
        </div>
        <View block={block} />
      </div>
      {children}
    </>
  )
}

const NAMES: Record<string, string> = {
  'panel-grid': 'panel grid', latex: 'formula', 'markdown-block': 'Markdown', image: 'picture', 'horizontal-rule': 'line across', 'table-of-contents': 'contents', gallery: 'gallery', video: 'video',
}

/** Around a block of the top level: a handle to drag it by, or to move it by with the arrow keys. */
function Movable({ element, attributes, children }: Props & { children: ReactNode }) {
  const editor = useSlateStatic()
  const [isOver, setIsOver] = useState(false)
  const at = () => ReactEditor.findPath(editor, element)[0] ?? 0
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowUp' ? -1 : event.key === 'ArrowDown' ? 1 : 0
    if (step === 0) return
    event.preventDefault()
    event.stopPropagation()
    moveBlock(editor, at(), at() + step)
  }
  const onDrop = (event: DragEvent) => {
    setIsOver(false)
    const from = event.dataTransfer.getData(DRAGGED)
    if (from === '') return
    event.preventDefault()
    event.stopPropagation()
    moveBlock(editor, Number(from), at())
  }
  return (
    <div
      {...attributes} className={isOver ? 'movable movable-over' : 'movable'} onDrop={onDrop}
      onDragOver={(event) => {
        if (!event.dataTransfer.types.includes(DRAGGED)) return
        event.preventDefault()
        setIsOver(true)
      }}
      onDragLeave={() => setIsOver(false)}
    >
      <span contentEditable={false} className="handle">
        <button type="button" draggable className="button button-icon" aria-label="Move this block: arrow up, arrow down" title="Drag to move, or press the arrow keys" onKeyDown={onKeyDown} onDragStart={(event) => event.dataTransfer.setData(DRAGGED, String(at()))}>
          <GripVertical size={14} aria-hidden />
        </button>
      </span>
      {children}
    </div>
  )
}

const DRAGGED = 'application/x-report-block'
