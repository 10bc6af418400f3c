import type { Setting } from '../../api/directory.ts'

/** What the operator set, and where. */
export function Settings({ settings }: { settings: Setting[] }) {
  return (
    <section className="card section" aria-label="Settings of the directory">
      <h2>Settings</h2>
      <p className="quiet">They are set in the configuration file, the environment or by flags, and read when the server starts, and again when it is sent SIGHUP.</p>
      <div className="table-scroll" tabIndex={0} role="region" aria-label="What set each value">
        <table className="table">
          <thead><tr><th>Setting</th><th>Value</th><th>Set by</th><th>What it means</th></tr></thead>
          <tbody>
            {settings.map(({ key, value, set_by: setBy, about }) => (
              <tr key={key}>
                <td><code>{key}</code></td>
                <td>{value === '' ? <span className="quiet">(empty)</span> : <code>{value}</code>}</td>
                <td>{setBy}</td>
                <td className="directory-about">{about}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}
