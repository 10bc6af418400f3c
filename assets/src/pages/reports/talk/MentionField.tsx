import { useQuery } from '@tanstack/react-query'
import { useId, useLayoutEffect, useRef, useState, type KeyboardEvent } from 'react'
import { readersQuery } from '../../../api/talk.ts'
import { mentionBefore, withMention, type Begun } from '../../../lib/mentions.ts'
import { useSettled } from '../../../ui/useSettled.ts'
import '../../../ui/field.css'

type Props = { label: string; report: string; value: string; onChange: (value: string) => void; onSubmit: () => void; onEscape: () => void }

/** A text in which "@" offers the people who may read the report. */
export function MentionField({ label, report, value, onChange, onSubmit, onEscape }: Props) {
  const id = useId()
  const field = useRef<HTMLTextAreaElement>(null)
  const [begun, setBegun] = useState<Begun | null>(null)
  const [chosen, setChosen] = useState(0)
  const cursor = useRef<number | null>(null)
  const query = useSettled(begun?.query ?? '', 150)
  const people = useQuery({ ...readersQuery(report, query), enabled: begun !== null })
  const offers = begun && query === begun.query ? (people.data ?? []) : []
  useLayoutEffect(() => {
    // Where the cursor goes after a name was put in.
    if (cursor.current !== null) field.current?.setSelectionRange(cursor.current, cursor.current)
    cursor.current = null
  }, [value])
  const look = ({ value: text, selectionStart, selectionEnd }: HTMLTextAreaElement) => {
    const next = selectionStart === selectionEnd ? mentionBefore(text, selectionStart) : null
    setBegun((known) => (known?.at === next?.at && known?.query === next?.query ? known : next))
    if (next?.query !== begun?.query) setChosen(0)
  }
  const take = (username: string | undefined) => {
    if (!begun || username === undefined) return
    const next = withMention(value, begun, username)
    cursor.current = next.cursor
    onChange(next.text)
    setBegun(null)
    field.current?.focus()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault()
      onSubmit()
    } else if (event.key === 'Escape') {
      event.stopPropagation()
      if (begun) setBegun(null)
      else onEscape()
    } else if (offers.length > 0 && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
      event.preventDefault()
      setChosen((chosen + (event.key === 'ArrowDown' ? 1 : offers.length - 1)) % offers.length)
    } else if (offers.length > 0 && (event.key === 'Enter' || event.key === 'Tab')) {
      event.preventDefault()
      take(offers[chosen]?.username)
    }
  }
  const isOpen = offers.length > 0
  return (
    <div className="mention-field">
      <label htmlFor={id} className="visually-hidden">{label}</label>
      <textarea
        ref={field} id={id} className="input" rows={3} value={value} aria-autocomplete="list" aria-keyshortcuts="Control+Enter"
        aria-controls={isOpen ? `${id}-people` : undefined} aria-activedescendant={isOpen ? `${id}-${chosen}` : undefined}
        onChange={(event) => {
          onChange(event.target.value)
          look(event.target)
        }}
        onSelect={(event) => look(event.currentTarget)} onKeyDown={onKeyDown} onBlur={() => setBegun(null)}
      />
      {isOpen ? (
        <div id={`${id}-people`} role="listbox" aria-label="People" className="people-offered">
          {offers.map(({ username, name }, index) => (
            // The cursor stays where it is.
            <div key={username} id={`${id}-${index}`} role="option" aria-selected={index === chosen} onMouseDown={(event) => event.preventDefault()} onClick={() => take(username)}>
              <strong>{username}</strong> {name && name !== username ? <span className="quiet truncate">{name}</span> : null}
            </div>
          ))}
        </div>
      ) : null}
      <span className="visually-hidden" role="status">{isOpen ? `${offers.length} ${offers.length === 1 ? 'person' : 'people'}: ${offers[chosen]?.username}` : ''}</span>
    </div>
  )
}
