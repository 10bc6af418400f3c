import { Bold, ChartLine, Code, Italic, Link2, Redo2, Strikethrough, Underline, Undo2 } from 'lucide-react'
import { useState } from 'react'
import { safeAddress } from '../../../lib/report/spec.ts'
import { Button } from '../../../ui/Button.tsx'
import { Dialog } from '../../../ui/Dialog.tsx'
import { Field } from '../../../ui/Field.tsx'
import { Select } from '../../../ui/Select.tsx'
import { hasMark, KINDS, kindOf, linkAt, setKind, setLink, toggleMark, topBlock, type Kind, type Mark } from './commands.ts'
import { OFFERS, type Insertion } from './insertions.ts'
import { ReactEditor, Transforms, useSlate, type Editor } from './slate.ts'

const MARKS: [mark: Mark, name: string, Icon: typeof Bold, keys: string][] = [
  ['bold', 'Bold', Bold, 'Control+B'], ['italic', 'Italic', Italic, 'Control+I'], ['underline', 'Underline', Underline, 'Control+U'], ['strikethrough', 'Struck through', Strikethrough, ''], ['inlineCode', 'Code', Code, 'Control+E'],
]

/** What can be done where the cursor is. */
export function Toolbar({ onInsert }: { onInsert: (insertion: Insertion) => void }) {
  const editor = useSlate()
  const [linking, setLinking] = useState<Editor['selection'] | null>(null)
  const kind = kindOf(topBlock(editor)?.[0])
  const isWriting = kind !== null
  return (
    <div className="editor-toolbar" role="toolbar" aria-label="Text">
      <Select
        label="Kind of block" hidden disabled={!isWriting} value={kind ?? ''} options={[...(isWriting ? [] : [['', 'Text'] as [string, string]]), ...KINDS]}
        onChange={(event) => {
          setKind(editor, event.target.value as Kind)
          ReactEditor.focus(editor)
        }}
      />
      {MARKS.map(([mark, name, Icon, keys]) => (
        <Button key={mark} kind="icon" aria-label={name} title={keys ? `${name} (${keys.replace('Control+', 'Ctrl ')})` : name} aria-keyshortcuts={keys || undefined} aria-pressed={hasMark(editor, mark)} disabled={!isWriting} onMouseDown={(event) => event.preventDefault()} onClick={() => toggleMark(editor, mark)}>
          <Icon size={14} aria-hidden />
        </Button>
      ))}
      <Button kind="icon" aria-label="Link" title="Link" aria-pressed={linkAt(editor) !== null} disabled={!isWriting} onClick={() => setLinking(editor.selection)}><Link2 size={14} aria-hidden /></Button>
      <Button onClick={() => onInsert('grid')}><ChartLine size={14} aria-hidden /> Panels</Button>
      <Select
        label="Insert" hidden value="" options={[['', 'Insert…'], ...OFFERS.flatMap((offer) => ('insertion' in offer ? [[offer.insertion, offer.name] as [string, string]] : []))]}
        onChange={(event) => {
          if (event.target.value !== '') onInsert(event.target.value as Insertion)
        }}
      />
      <Button kind="icon" aria-label="Undo" title="Undo (Ctrl Z)" disabled={editor.history.undos.length === 0} onClick={() => editor.undo()}><Undo2 size={14} aria-hidden /></Button>
      <Button kind="icon" aria-label="Redo" title="Redo (Ctrl Shift Z)" disabled={editor.history.redos.length === 0} onClick={() => editor.redo()}><Redo2 size={14} aria-hidden /></Button>
      {linking ? <LinkDialog begin={linkAt(editor) ?? ''} onClose={() => setLinking(null)} onSet={(address) => {
        setLinking(null)
        Transforms.select(editor, linking)
        setLink(editor, address)
        ReactEditor.focus(editor)
      }} /> : null}
    </div>
  )
}

function LinkDialog({ begin, onSet, onClose }: { begin: string; onSet: (address: string) => void; onClose: () => void }) {
  const [address, setAddress] = useState(begin || 'https://')
  const isFit = safeAddress(address) !== null
  return (
    <Dialog title="Link" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (isFit) onSet(address.trim())
        }}
      >
        <Field label="Address" value={address} autoFocus spellCheck={false} onChange={(event) => setAddress(event.target.value)} />
        <div className="dialog-actions">
          {begin ? <Button kind="danger" onClick={() => onSet('')}>Take the link away</Button> : null}
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" disabled={!isFit}>Set link</Button>
        </div>
      </form>
    </Dialog>
  )
}
