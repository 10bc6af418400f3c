import type { Setting } from '../../api/system.ts'
import { SettingsTable } from '../../ui/SettingsTable.tsx'

/** What the operator set, and where. */
export function Settings({ settings }: { settings: Setting[] }) {
  return (
    <section className="card section" aria-label="Settings of the directory">
      <h2>Settings</h2>
      <p className="quiet">They are set in the configuration file, the environment or by flags, and read when the server starts, and again when it is sent SIGHUP.</p>
      <SettingsTable label="What set each value" settings={settings} />
    </section>
  )
}
