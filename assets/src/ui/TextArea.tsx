import { useId, type ComponentProps } from 'react'
import './field.css'

/** A labelled text of several lines with its hint. */
export function TextArea({ label, hint, ...rest }: ComponentProps<'textarea'> & { label: string; hint?: string }) {
  const id = useId()
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <textarea id={id} className="input" aria-describedby={hint ? `${id}-hint` : undefined} {...rest} />
      {hint ? <p id={`${id}-hint`} className="quiet">{hint}</p> : null}
    </div>
  )
}
