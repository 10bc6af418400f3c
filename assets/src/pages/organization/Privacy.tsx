import type { Organization } from '../../api/organizations.ts'
import { adminsOf } from '../../lib/roles.ts'
import { Ago } from '../../ui/Ago.tsx'
import { Check } from '../../ui/Check.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { PRIVACY_SETTINGS, PrivacyFields } from '../../ui/PrivacyFields.tsx'
import { useOrganizationChange } from './useOrganizationChange.ts'

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
        <Check
          label="Runs may leave restricted projects" about="Otherwise they cannot be moved to where others see them."
          checked={(changing.isPending ? changing.variables.moves_from_restricted : undefined) ?? organization.moves_from_restricted} disabled={!mayChange || changing.isPending}
          onChange={(event) => changing.mutate({ moves_from_restricted: event.target.checked })}
        />
        <Check
          label="Read-only keys for view-only people" about="Their API keys read what they see, and do nothing else. Otherwise they have none."
          checked={(changing.isPending ? changing.variables.read_only_keys : undefined) ?? organization.read_only_keys} disabled={!mayChange || changing.isPending}
          onChange={(event) => changing.mutate({ read_only_keys: event.target.checked })}
        />
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
