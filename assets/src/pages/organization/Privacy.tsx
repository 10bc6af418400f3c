import type { Organization, Rule } from '../../api/organizations.ts'
import { adminsOf } from '../../lib/roles.ts'
import { Ago } from '../../ui/Ago.tsx'
import { Check } from '../../ui/Check.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { PRIVACY_SETTINGS, PrivacyFields } from '../../ui/PrivacyFields.tsx'
import { useOrganizationChange } from './useOrganizationChange.ts'

const RULES: [Rule, string, string][] = [
  ['members_create_teams', 'Members create teams', 'Everybody in the organization makes teams and becomes their admin; people with the role viewer do not. Otherwise only its admins do.'],
  ['personal_spaces', 'Personal spaces', 'People log to a space of their own too. Otherwise to teams alone; what lies in personal spaces stays to be read.'],
  ['admins_enter_teams', 'Admins see into all teams', 'Otherwise they manage people and settings of teams alone, and see projects and runs where they have a seat. One that they give themselves is in the audit log.'],
  ['cut_runs_of_leavers', 'Cut runs of people who are removed', 'What their processes send is refused at once. Otherwise runs that have begun are taken to their end, so that no training is lost.'],
  ['moves_from_restricted', 'Runs may leave restricted projects', 'Otherwise they cannot be moved to where others see them.'],
  ['read_only_keys', 'Read-only keys for view-only people', 'Their API keys read what they see, and do nothing else. Otherwise they have none.'],
]

/** What new teams begin with, and what no team decides for itself. */
export function Privacy({ organization }: { organization: Organization }) {
  const changing = useOrganizationChange(organization)
  const { settings, can_manage: mayChange } = organization
  return (
    <>
      {mayChange ? null : <p className="quiet section">Only {adminsOf(organization.admins)} changes these settings.</p>}
      <section className="card settings-card" aria-label="What teams begin with">
        <h2>What teams begin with</h2>
        <PrivacyFields settings={{ ...settings, ...(changing.isPending ? changing.variables.settings : {}), locks: [] }} mayChange={mayChange} pending={changing.isPending} onChange={(change) => changing.mutate({ settings: change })} />
      </section>
      <section className="card settings-card" aria-label="Rules of the organization">
        <h2>Rules of the organization</h2>
        {RULES.map(([rule, label, about]) => (
          <Check
            key={rule} label={label} about={about} checked={(changing.isPending ? changing.variables[rule] : undefined) ?? organization[rule]} disabled={!mayChange || changing.isPending}
            onChange={(event) => changing.mutate({ [rule]: event.target.checked })}
          />
        ))}
      </section>
      <section className="card settings-card" aria-label="Locks">
        <h2>Locks</h2>
        <p>What is locked has this organization’s value in every team; team admins see who set it and cannot change it.</p>
        {PRIVACY_SETTINGS.map(([setting, name]) => {
          const lock = settings.locks.find((one) => one.setting === setting)
          return (
            <Check
              key={setting} label={`Lock: ${name}`} checked={(changing.isPending ? changing.variables.locks?.[setting] : undefined) ?? lock !== undefined} disabled={!mayChange || changing.isPending}
              note={lock ? <>by {lock.locked_by ?? 'the operator'}, <Ago time={lock.locked_at} /></> : null}
              onChange={(event) => changing.mutate({ locks: { [setting]: event.target.checked } })}
            />
          )
        })}
        <ErrorText error={changing.error} />
      </section>
    </>
  )
}
