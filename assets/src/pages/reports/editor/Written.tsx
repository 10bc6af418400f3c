import { useCallback, useMemo, useState, type KeyboardEvent } from 'react'
import type { Block } from '../../../lib/report/spec.ts'
import { toWritten } from '../../../lib/report/written.ts'
import { backOut, breakLine, clearSlash, insertKept, setKind, slashAt, toggleMark, topBlock, moveBlock, type Mark } from './commands.ts'
import { Asking, type Asked } from './Asking.tsx'
import { offersFor, type Insertion, type Offer } from './insertions.ts'
import { WrittenBlock } from './WrittenBlock.tsx'
import { Editable, newEditor, ReactEditor, Slate, Transforms, Editor, type Descendant, type RenderElementProps, type RenderLeafProps } from './slate.ts'
import { SlashMenu } from './SlashMenu.tsx'
import { Toolbar } from './Toolbar.tsx'

const MARK_KEYS: Record<string, Mark> = { b: 'bold', i: 'italic', u: 'underline', e: 'inlineCode' }

type Props = { blocks: Block[]; /** It is looked at alone, while it is published. */ isFixed: boolean; onChange: (written: Block[]) => void; onSave: () => void }

/** The text of a report with its toolbar and its `/` menu. */
export function Written({ blocks, isFixed, onChange, onSave }: Props) {
  const editor = useMemo(newEditor, [])
  const begin = useMemo(() => toWritten(blocks) as Descendant[], [])
  const [slash, setSlash] = useState<string | null>(null)
  const [chosen, setChosen] = useState(0)
  const [asked, setAsked] = useState<Asked | null>(null)
  const offers = slash === null ? [] : offersFor(slash)

  const insert = (insertion: Insertion) => {
    if (insertion === 'rule') insertKept(editor, { type: 'horizontal-rule', children: [{ text: '' }] })
    else if (insertion === 'contents') insertKept(editor, { type: 'table-of-contents', children: [{ text: '' }] })
    else setAsked({ what: insertion, block: null, at: null })
  }
  const take = (offer: Offer) => {
    clearSlash(editor)
    setSlash(null)
    if ('kind' in offer) setKind(editor, offer.kind)
    else insert(offer.insertion)
    if ('kind' in offer) ReactEditor.focus(editor)
  }
  const onDone = (block: Block | null) => {
    const at = asked?.at ?? null
    setAsked(null)
    if (block && at) Transforms.setNodes(editor, { block } as never, { at })
    else if (block) insertKept(editor, block)
    ReactEditor.focus(editor)
  }

  const onKeyDown = (event: KeyboardEvent) => {
    const isMod = event.ctrlKey || event.metaKey
    if (slash !== null && offers.length > 0) {
      const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
      if (step !== 0) {
        event.preventDefault()
        setChosen((chosen + step + offers.length) % offers.length)
        return
      }
      const offer = offers[chosen]
      if ((event.key === 'Enter' || event.key === 'Tab') && offer) {
        event.preventDefault()
        take(offer)
        return
      }
      if (event.key === 'Escape') {
        event.preventDefault()
        setSlash(null)
        return
      }
    }
    const mark = isMod && !event.altKey ? MARK_KEYS[event.key.toLowerCase()] : undefined
    if (mark) {
      event.preventDefault()
      toggleMark(editor, mark)
    } else if (isMod && event.key.toLowerCase() === 's') {
      event.preventDefault()
      onSave()
    } else if (event.altKey && event.shiftKey && (event.key === 'ArrowUp' || event.key === 'ArrowDown')) {
      const found = topBlock(editor)
      if (!found) return
      event.preventDefault()
      const at = found[1][0] ?? 0
      moveBlock(editor, at, at + (event.key === 'ArrowUp' ? -1 : 1))
    } else if (event.key === 'Enter' && !event.shiftKey) {
      if (breakLine(editor)) event.preventDefault()
    } else if (event.key === 'Enter') {
      event.preventDefault()
      Editor.insertText(editor, '\n')
    } else if (event.key === 'Backspace' && backOut(editor)) event.preventDefault()
  }

  const renderElement = useCallback((props: RenderElementProps) => <WrittenBlock {...props} onAsk={(what, block, at) => setAsked({ what, block, at })} />, [])
  return (
    <Slate
      editor={editor}
      initialValue={begin}
      onChange={() => {
        const typed = slashAt(editor)
        if (typed !== slash) {
          setSlash(typed)
          setChosen(0)
        }
      }}
      onValueChange={(value) => onChange(value as Block[])}
    >
      <Toolbar onInsert={insert} />
      <div className="report-body">
        <Editable
          className="written" aria-label="Text of the report" placeholder="Write, or type / for panels, headings and lists" renderElement={renderElement} renderLeaf={renderLeaf} readOnly={isFixed} onKeyDown={onKeyDown}
          aria-controls={slash !== null && offers.length > 0 ? 'slash-menu' : undefined}
          aria-activedescendant={slash !== null && offers.length > 0 ? `slash-${chosen}` : undefined}
          scrollSelectionIntoView={showCursor}
        />
      </div>
      {slash !== null && offers.length > 0 ? <SlashMenu offers={offers} chosen={chosen} onChoose={take} /> : null}
      {asked ? <Asking asked={asked} onDone={onDone} /> : null}
    </Slate>
  )
}

/** Keeps the line with the cursor in sight, by no more than is needed. */
function showCursor(_: ReactEditor, cursor: globalThis.Range) {
  cursor.startContainer.parentElement?.scrollIntoView({ block: 'nearest' })
}

function renderLeaf({ attributes, children, leaf }: RenderLeafProps) {
  let shown = children as React.ReactNode
  if (leaf['inlineCode'] === true) shown = <code>{shown}</code>
  if (leaf['bold'] === true) shown = <strong>{shown}</strong>
  if (leaf['italic'] === true) shown = <em>{shown}</em>
  if (leaf['underline'] === true) shown = <u>{shown}</u>
  if (leaf['strikethrough'] === true) shown = <s>{shown}</s>
  return <span {...attributes}>{shown}</span>
}
