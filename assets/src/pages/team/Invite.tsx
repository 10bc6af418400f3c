import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { invitableQuery, invitationsQuery, invite, type Team } from '../../api/teams.ts'
import { peopleOf } from '../../lib/people.ts'
import { ROLE_HINTS, TEAM_ROLES } from '../../lib/roles.ts'
import { Button } from '../../ui/Button.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Select } from '../../ui/Select.tsx'
import { TextArea } from '../../ui/TextArea.tsx'
import { useSettled } from '../../ui/useSettled.ts'
import { InvitationResults } from './InvitationResults.tsx'

/** Asks several people into a team at once, with a result and a link for each. */
export function Invite({ team }: { team: Team }) {
  const cache = useQueryClient()
  const [role, setRole] = useState('member')
  const [text, setText] = useState('')
  const people = peopleOf(text)
  const asking = useMutation({
    mutationFn: () => invite(team.name, people, role),
    onSuccess: async () => {
      setText('')
      await cache.invalidateQueries({ queryKey: invitationsQuery(team.name).queryKey })
    },
  })
  return (
    <>
      <form
        className="section-form"
        onSubmit={(event) => {
          event.preventDefault()
          if (people.length > 0) asking.mutate()
        }}
      >
        <TextArea
          label="User names or e-mail addresses" hint="Several at once: separate them by commas or line ends." rows={2} value={text} onChange={(event) => setText(event.target.value)}
          placeholder="ada, grace@example.org" autoCapitalize="none" spellCheck={false} required
        />
        <Select label="Role" value={role} options={team.can_manage ? TEAM_ROLES : TEAM_ROLES.slice(1)} title={ROLE_HINTS[role]} onChange={(event) => setRole(event.target.value)} />
        <Button kind="primary" type="submit" disabled={asking.isPending || people.length === 0}>{people.length > 1 ? `Invite ${people.length} people` : 'Invite'}</Button>
      </form>
      <Suggestions team={team} text={text} onPick={setText} />
      <ErrorText error={asking.error} />
      {asking.data ? <InvitationResults asked={asking.data.items} /> : null}
    </>
  )
}

/** Whom the last word may mean: people with an account, and those of the directory without one. */
function Suggestions({ team, text, onPick }: { team: Team; text: string; onPick: (text: string) => void }) {
  const typed = /[^\s,;]*$/.exec(text)?.[0] ?? ''
  const word = useSettled(typed, 250)
  const found = useQuery({ ...invitableQuery(team.name, word), enabled: word.length >= 2 })
  const items = typed === word && word.length >= 2 ? found.data?.items.filter(({ username }) => username !== word) ?? [] : []
  if (items.length === 0) return <ErrorText error={found.error} />
  return (
    <ul className="suggestions" aria-label="Suggestions">
      {items.map(({ username, name, pending }) => (
        <li key={username}>
          <Button onClick={() => onPick(text.slice(0, text.length - typed.length) + username)}>
            {name} <span className="quiet">{username}{pending ? ', in the directory, has not signed in yet' : ''}</span>
          </Button>
        </li>
      ))}
    </ul>
  )
}
