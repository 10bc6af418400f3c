import { useState } from 'react'
import type { Change, Kept } from '../../api/directory.ts'
import { Button } from '../../ui/Button.tsx'

const PAGE = 200
const WORDS = { '+': 'comes', '-': 'goes', '~': 'changes' } as const

/** What a sync does, as the lines of a diff, and what it leaves undone. */
export function Changes({ changes, kept }: { changes: Change[]; kept: Kept[] }) {
  const [shown, setShown] = useState(PAGE)
  return (
    <>
      {changes.length > 0 ? (
        <div className="directory-diff" tabIndex={0} role="region" aria-label="Changes">
          <ul>
            {changes.slice(0, shown).map(({ sign, text }, index) => (
              <li key={index} className={`directory-${WORDS[sign]}`}>
                <span aria-hidden>{sign}</span><span className="visually-hidden">{WORDS[sign]}: </span> {text}
              </li>
            ))}
          </ul>
          {changes.length > shown ? <Button onClick={() => setShown(shown + PAGE)}>Show more of {changes.length} changes</Button> : null}
        </div>
      ) : null}
      {kept.length > 0 ? (
        <>
          <p>Not done:</p>
          <ul className="directory-kept">{kept.map(({ what, because }) => <li key={what + because}>{what}: {because}</li>)}</ul>
        </>
      ) : null}
    </>
  )
}
