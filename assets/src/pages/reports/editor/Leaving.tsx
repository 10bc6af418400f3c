import { useBlocker } from '@tanstack/react-router'
import { useEffect } from 'react'
import { Button } from '../../../ui/Button.tsx'
import { Dialog } from '../../../ui/Dialog.tsx'
import { ErrorText } from '../../../ui/ErrorText.tsx'
import type { Draft } from './useDraft.ts'

/** Saves a draft before another page comes; where that is not possible, asks before what was typed last is lost. */
export function Leaving({ draft }: { draft: Draft }) {
  const { status, proceed, reset } = useBlocker({ shouldBlockFn: async () => !(await draft.save()), enableBeforeUnload: draft.isUnsaved, withResolver: true })
  const isBlocked = status === 'blocked'
  const hasClash = draft.clash !== null
  useEffect(() => {
    // Another question is asked then.
    if (isBlocked && hasClash) reset()
  }, [isBlocked, hasClash, reset])
  if (!isBlocked || hasClash) return null
  return (
    <Dialog title="What you wrote last is not saved" onClose={reset}>
      <ErrorText error={draft.error} />
      <p>Stay, and it is tried again with the next letter or “Save draft”.</p>
      <div className="dialog-actions">
        <Button autoFocus onClick={reset}>Stay</Button>
        <Button
          kind="danger"
          onClick={() => {
            draft.forget()
            proceed()
          }}
        >
          Leave without it
        </Button>
      </div>
    </Dialog>
  )
}
