import { Lock } from 'lucide-react'
import type { Setting } from '../api/system.ts'
import './table.css'

/** What the operator configured, to be read: settings are changed where they are set. */
export function SettingsTable({ label, settings }: { label: string; settings: Setting[] }) {
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label={label}>
      <table className="table">
        <thead><tr><th>Setting</th><th>Value</th><th>Set by</th><th>What it means</th></tr></thead>
        <tbody>
          {settings.map(({ key, value, set_by: setBy, about }) => (
            <tr key={key}>
              <td><code>{key}</code></td>
              <td className="table-prose">{value === '' ? <span className="quiet">(empty)</span> : <code>{value}</code>}</td>
              <td className="table-prose"><Lock size={12} aria-label="locked here" /> {setBy}</td>
              <td className="table-prose">{about}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
