import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { settingsQuery } from '../../api/system.ts'
import { Check } from '../../ui/Check.tsx'
import { CodeBlock } from '../../ui/CodeBlock.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { SettingsTable } from '../../ui/SettingsTable.tsx'
import { Problem } from '../Problem.tsx'

/** What the operator has configured. Settings are read here and changed where they are set. */
export function Settings() {
  const query = useQuery(settingsQuery)
  const [onlySet, setOnlySet] = useState(true)
  if (query.error && !query.data) return <Problem error={query.error} retry={() => void query.refetch()} />
  if (!query.data) return <Loading what="settings" />
  const { items, toml } = query.data
  const shown = items.filter((item) => !onlySet || item.set_by !== 'default')
  return (
    <section className="card system-card" aria-label="Settings">
      <p className="quiet">Settings are changed in the configuration file, the environment or by flags, by who runs the machine; most need a restart.</p>
      <Check label="Only those that are set" checked={onlySet} onChange={(event) => setOnlySet(event.target.checked)} />
      <SettingsTable label="Settings in force" settings={shown} />
      <h2>As a configuration file</h2>
      <CodeBlock what="the settings as a configuration file" text={toml || '# everything is as the default has it\n'} />
    </section>
  )
}
