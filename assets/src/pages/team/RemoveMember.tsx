import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { organizationQuery } from '../../api/organizations.ts'
import { removeMember, stakeQuery, type Team } from '../../api/teams.ts'
import { counted, countedAll } from '../../lib/format.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Select } from '../../ui/Select.tsx'
import { useHeirs } from '../../ui/useHeirs.ts'

/** Says what stays and what stops before somebody's seat goes, their own included. */
export function RemoveMember({ team, username, self, onClose }: { team: Team; username: string; self: boolean; onClose: () => void }) {
  const cache = useQueryClient()
  const navigate = useNavigate()
  const [heir, setHeir] = useState('')
  const heirs = useHeirs(team.name, username)
  const cut = useQuery({ ...organizationQuery(team.organization ?? ''), enabled: team.organization !== null }).data?.cut_runs_of_leavers ?? false
  const stake = useQuery({ ...stakeQuery(team.name, username), staleTime: 0 })
  const removing = useMutation({
    mutationFn: () => removeMember(team.name, username, heir),
    onSuccess: async () => {
      onClose()
      if (self) await navigate({ to: '/' })
      // Of who has no seat any more there is nothing to ask.
      await cache.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'stake' })
    },
  })
  const whose = self ? 'Your' : 'Their'
  return (
    <Dialog title={self ? `Leave ${team.name}?` : `Remove ${username} from ${team.name}?`} onClose={onClose}>
      <ErrorText error={stake.error} />
      {stake.data ? (
        <dl className="stakes">
          <dt>Stays in the team</dt>
          <dd>{counted(stake.data.runs, 'run')} with files and artifacts, {counted(stake.data.projects, 'project')} and {counted(stake.data.reports, 'report')}; the name stays on them. {alertsStay(stake.data.alerts)}</dd>
          <dt>{cut ? 'Is cut' : 'Goes on to its end'}</dt>
          <dd>{stake.data.running_runs === 0 ? 'Nothing: no run is being logged now.' : `${counted(stake.data.running_runs, 'run')} that ${stake.data.running_runs === 1 ? 'is' : 'are'} being logged now.`}</dd>
          <dt>Stops</dt>
          <dd>Seeing the team and starting new runs in it, at once. {whose} account and API keys stay, and work elsewhere.</dd>
        </dl>
      ) : null}
      {stake.data && stake.data.projects + stake.data.reports + stake.data.alerts > 0 && team.can_manage ? (
        <Select
          label={`New owner of ${countedAll([stake.data.projects, 'project'], [stake.data.reports, 'report'], [stake.data.alerts, 'alert'])}`} value={heir}
          options={[['', 'Nobody yet: they wait for an owner'], ...heirs]}
          onChange={(event) => setHeir(event.target.value)}
        />
      ) : null}
      <ErrorText error={removing.error} />
      <div className="dialog-actions">
        <Button autoFocus onClick={onClose}>Stay as it is</Button>
        <Button kind="danger" disabled={removing.isPending || !stake.data} onClick={() => removing.mutate()}>{self ? 'Leave team' : 'Remove member'}</Button>
      </div>
    </Dialog>
  )
}

/** Rules of theirs tell others, who go on counting on it. */
const alertsStay = (alerts: number) => (alerts === 0 ? '' : `${counted(alerts, 'alert')} ${alerts === 1 ? 'watches' : 'watch'} on.`)
