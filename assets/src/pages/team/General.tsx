import type { Team } from '../../api/teams.ts'
import { formatTime, parseTime } from '../../lib/format.ts'
import { roleName } from '../../lib/roles.ts'
import { Button } from '../../ui/Button.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Field } from '../../ui/Field.tsx'
import { useTeamChange } from './useTeamChange.ts'

/** What a team is called and what it is for. */
export function General({ team }: { team: Team }) {
  const changing = useTeamChange(team)
  return (
    <section className="card settings-card" aria-label="General">
      <h2>General</h2>
      <dl className="facts">
        <dt>Name in addresses</dt><dd><code>{team.name}</code>, it never changes</dd>
        <dt>Made</dt><dd>{formatTime(parseTime(team.created_at) ?? 0)}</dd>
        <dt>Your role</dt><dd>{team.role ? roleName(team.role) : 'none; you administer its organization or the server'}</dd>
        {team.can_manage ? null : <><dt>Display name</dt><dd>{team.display_name}</dd><dt>What it is for</dt><dd>{team.description || '—'}</dd></>}
      </dl>
      {team.can_manage ? (
        <form
          className="settings-form"
          onSubmit={(event) => {
            event.preventDefault()
            const form = new FormData(event.currentTarget)
            changing.mutate({ display_name: String(form.get('display_name')), description: String(form.get('description')) })
          }}
        >
          <Field label="Display name" name="display_name" defaultValue={team.display_name} maxLength={128} required />
          <Field label="What the team is for" name="description" defaultValue={team.description} maxLength={4096} />
          <ErrorText error={changing.error} />
          <Button type="submit" disabled={changing.isPending}>{changing.isSuccess ? 'Saved' : 'Save'}</Button>
        </form>
      ) : null}
    </section>
  )
}
