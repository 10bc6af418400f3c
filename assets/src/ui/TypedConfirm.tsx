import { useState, type ReactNode } from 'react'
import { Button } from './Button.tsx'
import { Dialog } from './Dialog.tsx'
import { ErrorText } from './ErrorText.tsx'
import { Field } from './Field.tsx'

type Props = { title: string; name: string; action: string; children: ReactNode; error: Error | null; pending: boolean; onClose: () => void; onConfirm: () => void }

/** Asks for the name of what is to go: for what cannot be undone by a click. */
export function TypedConfirm({ title, name, action, children, error, pending, onClose, onConfirm }: Props) {
  const [typed, setTyped] = useState('')
  return (
    <Dialog title={title} onClose={onClose}>
      {children}
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (typed === name) onConfirm()
        }}
      >
        <Field label={`Type ${name} to go on`} value={typed} onChange={(event) => setTyped(event.target.value)} autoComplete="off" autoCapitalize="none" spellCheck={false} autoFocus />
        <ErrorText error={error} />
        <div className="dialog-actions">
          <Button onClick={onClose}>Keep it</Button>
          <Button kind="danger" type="submit" disabled={typed !== name || pending}>{action}</Button>
        </div>
      </form>
    </Dialog>
  )
}
