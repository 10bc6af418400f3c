import { useMutation } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { Button } from '../../../ui/Button.tsx'
import { ErrorText } from '../../../ui/ErrorText.tsx'
import { MentionField } from './MentionField.tsx'

type Props = {
  label: string
  report: string
  /** What the button is called that sends it. */
  submit: string
  begin?: string
  /** Whether the cursor goes there at once. */
  focus?: boolean
  send: (body: string) => Promise<void>
  onCancel: () => void
}

/** Where a comment is written. */
export function Composer({ label, report, submit, begin = '', focus = false, send, onCancel }: Props) {
  const [text, setText] = useState(begin)
  const form = useRef<HTMLFormElement>(null)
  const sending = useMutation({ mutationFn: send })
  const isReady = text.trim() !== '' && !sending.isPending
  useEffect(() => {
    if (!focus) return
    const field = form.current?.querySelector('textarea')
    field?.focus({ preventScroll: true })
    field?.setSelectionRange(field.value.length, field.value.length)
    // It is beside its words a moment later.
    const waiting = requestAnimationFrame(() => form.current?.scrollIntoView({ block: 'nearest' }))
    return () => cancelAnimationFrame(waiting)
  }, [])
  const submitNow = () => {
    if (isReady) sending.mutate(text.trim())
  }
  return (
    <form
      ref={form} className="composer" aria-label={label}
      onSubmit={(event) => {
        event.preventDefault()
        submitNow()
      }}
    >
      <MentionField label={label} report={report} value={text} onChange={setText} onSubmit={submitNow} onEscape={() => text.trim() === begin.trim() && onCancel()} />
      <ErrorText error={sending.error} />
      <div className="composer-actions">
        <span className="quiet">Markdown, <kbd>@</kbd> names people</span>
        <Button onClick={onCancel}>Cancel</Button>
        <Button kind="primary" type="submit" disabled={!isReady}>{submit}</Button>
      </div>
    </form>
  )
}
