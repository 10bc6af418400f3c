import { Lock } from 'lucide-react'
import type { Settings, SettingsChange } from '../api/teams.ts'
import { VISIBILITIES, type Visibility } from '../lib/roles.ts'
import { Check } from './Check.tsx'
import { Select } from './Select.tsx'

export type Flag = Exclude<keyof SettingsChange, 'default_visibility'>

const FLAGS: [Flag, string, string][] = [
  ['hidden', 'Hide this team', 'Only its own people and the admins of the organization learn that it is there.'],
  ['private_only', 'Make all future projects private', 'Projects are for the team or for named people; nobody opens them to others.'],
  ['members_invite', 'Members may invite', 'Otherwise only admins do.'],
  ['members_delete_artifacts', 'Members delete all artifacts', 'Otherwise only those versions that they made; admins delete all of them.'],
  ['no_public_sharing', 'No public sharing of reports', 'Nobody makes links that show a report to whoever holds them, and links that were made open nothing.'],
  ['code_saving', 'Save code by default', 'The client keeps the program of a run with it unless told otherwise.'],
]

/** The settings of privacy by name, for who locks them. */
export const PRIVACY_SETTINGS: [keyof SettingsChange, string][] = [...FLAGS.map(([flag, name]): [Flag, string] => [flag, name]), ['default_visibility', 'Visibility of new projects']]

type Props = {
  settings: Settings
  /** Whether the caller may change settings that are not locked. */
  mayChange: boolean
  pending: boolean
  onChange: (change: SettingsChange) => void
}

/** The choices of privacy; what an organization locked says so and stays as it is. */
export function PrivacyFields({ settings, mayChange, pending, onChange }: Props) {
  const lockOf = (setting: string) => settings.locks.find((lock) => lock.setting === setting)
  const disabled = (setting: string) => !mayChange || pending || lockOf(setting) !== undefined
  const note = (setting: string) => {
    const lock = lockOf(setting)
    return lock ? <span className="locked"><Lock size={12} aria-hidden /> set by your organization ({lock.locked_by ?? 'the operator'})</span> : null
  }
  return (
    <>
      {FLAGS.map(([flag, name, about]) => (
        <Check key={flag} label={name} about={about} note={note(flag)} checked={settings[flag]} disabled={disabled(flag)} onChange={(event) => onChange({ [flag]: event.target.checked })} />
      ))}
      <div>
        <Select
          label="Visibility of new projects"
          options={VISIBILITIES}
          value={settings.default_visibility}
          disabled={disabled('default_visibility')}
          onChange={(event) => onChange({ default_visibility: event.target.value as Visibility })}
        />
        <p>{note('default_visibility')}</p>
      </div>
    </>
  )
}
