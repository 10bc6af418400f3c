import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { organizationTeamsQuery, type Organization } from '../../api/organizations.ts'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Select } from '../../ui/Select.tsx'
import { Invite } from '../team/Invite.tsx'

/** Asks people into one of the teams, with or without an account: whoever accepts belongs to the organization too. */
export function InvitePeople({ organization }: { organization: Organization }) {
  const teams = useQuery(organizationTeamsQuery(organization.name))
  const [wanted, setWanted] = useState('')
  // Where groups of the directory alone decide nobody is invited.
  const open = (teams.data ?? []).filter((team) => team.can_manage && !team.directory?.locked)
  const team = open.find(({ name }) => name === wanted) ?? open[0]
  if (!teams.data) return <ErrorText error={teams.error} />
  return (
    <section className="card section" aria-label="Invite people">
      <h2>Invite</h2>
      {team ? (
        <>
          <Select label="Into the team" value={team.name} options={open.map(({ name, display_name: shown }) => [name, shown])} onChange={(event) => setWanted(event.target.value)} />
          <Invite key={team.name} team={team} />
        </>
      ) : <p className="quiet">People are invited into a team, and there is none yet that takes people: <Link to="/orgs/$organization/$tab" params={{ organization: organization.name, tab: 'teams' }}>create one</Link>.</p>}
    </section>
  )
}
