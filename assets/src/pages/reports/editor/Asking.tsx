import { useState } from 'react'
import { safeAddress, plainText, textAt, type Block } from '../../../lib/report/spec.ts'
import { Button } from '../../../ui/Button.tsx'
import { Dialog } from '../../../ui/Dialog.tsx'
import { Field } from '../../../ui/Field.tsx'
import { TextArea } from '../../../ui/TextArea.tsx'
import { Formula } from '../blocks/Formula.tsx'
import { GridDialog } from './GridDialog.tsx'

/** What is asked for a block that is no text: a new one, or the one that is there at `at`. */
export type Asked = { what: 'grid' | 'formula' | 'markdown' | 'picture'; block: Block | null; at: number[] | null }

type Props = { asked: Asked; onDone: (block: Block | null) => void }

export function Asking({ asked, onDone }: Props) {
  switch (asked.what) {
    case 'grid':
      return <GridDialog block={asked.block} onDone={onDone} />
    case 'picture':
      return <PictureDialog block={asked.block} onDone={onDone} />
    default:
      return <SourceDialog what={asked.what} block={asked.block} onDone={onDone} />
  }
}

type PartProps = { block: Block | null; onDone: (block: Block | null) => void }

/** A block that is written as source: a formula, or Markdown. */
function SourceDialog({ what, block, onDone }: PartProps & { what: 'formula' | 'markdown' }) {
  const [source, setSource] = useState(block ? textAt(block, 'content') : '')
  const isFormula = what === 'formula'
  const made = (): Block => ({ ...(block ?? (isFormula ? { type: 'latex', block: true, children: [{ text: '' }] } : { type: 'markdown-block', children: [{ text: '' }] })), content: source })
  return (
    <Dialog title={isFormula ? 'Formula' : 'Markdown'} wide onClose={() => onDone(null)}>
      <TextArea label={isFormula ? 'LaTeX' : 'Markdown'} className="input source-field" rows={isFormula ? 3 : 10} value={source} autoFocus spellCheck={false} onChange={(event) => setSource(event.target.value)} />
      {isFormula && source !== '' ? <div className="formula-line"><Formula key={source} source={source} block /></div> : null}
      <div className="dialog-actions"><Button onClick={() => onDone(null)}>Cancel</Button><Button kind="primary" disabled={source.trim() === ''} onClick={() => onDone(made())}>Put it in</Button></div>
    </Dialog>
  )
}

function PictureDialog({ block, onDone }: PartProps) {
  const [address, setAddress] = useState(block ? textAt(block, 'url') : '')
  const [caption, setCaption] = useState(block ? plainText(block) : '')
  // A caption with marks stays as it is unless somebody writes another.
  const children = block && plainText(block) === caption ? block.children ?? [{ text: caption }] : [{ text: caption }]
  return (
    <Dialog title="Picture" onClose={() => onDone(null)}>
      <Field label="Address" hint="Pictures of this server are shown, of others the way to them: pages load nothing from elsewhere." value={address} autoFocus spellCheck={false} onChange={(event) => setAddress(event.target.value)} />
      <Field label="Caption" value={caption} onChange={(event) => setCaption(event.target.value)} />
      <div className="dialog-actions">
        <Button onClick={() => onDone(null)}>Cancel</Button>
        <Button kind="primary" disabled={safeAddress(address) === null} onClick={() => onDone({ ...(block ?? { type: 'image' }), url: address.trim(), children, hasCaption: caption !== '' })}>Put it in</Button>
      </div>
    </Dialog>
  )
}
