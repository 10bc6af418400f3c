import { useId, type ComponentProps, type ReactNode } from 'react'
import './check.css'

/** A choice of yes or no with what it means; `note` says why it is as it is. */
export function Check({ label, about, note, ...rest }: ComponentProps<'input'> & { label: string; about?: string; note?: ReactNode }) {
  const id = useId()
  return (
    <div className="check">
      <input type="checkbox" id={id} aria-describedby={about ? `${id}-about` : undefined} {...rest} />
      <label htmlFor={id}>{label}</label>
      {about || note ? <p id={`${id}-about`} className="quiet">{about} {note}</p> : null}
    </div>
  )
}
