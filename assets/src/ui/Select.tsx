import { useId, type ComponentProps } from 'react'
import './field.css'

/** A labelled choice. The label may be for screen readers alone, where a column's head says it to everybody else. */
export function Select({ label, hidden = false, options, ...rest }: ComponentProps<'select'> & { label: string; hidden?: boolean; options: [value: string, name: string][] }) {
  const id = useId()
  return (
    <div className="field">
      <label htmlFor={id} className={hidden ? 'visually-hidden' : undefined}>{label}</label>
      <select id={id} className="input" {...rest}>
        {options.map(([value, name]) => <option key={value} value={value}>{name}</option>)}
      </select>
    </div>
  )
}
