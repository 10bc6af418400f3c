import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { systemQuery } from '../../api/system.ts'
import { formatSize } from '../../lib/format.ts'
import { Ago } from '../../ui/Ago.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { Tabs } from '../../ui/Tabs.tsx'
import { useTitle } from '../../ui/useTitle.ts'
import { Problem } from '../Problem.tsx'
import { ExportButton } from '../exports/ExportButton.tsx'
import { Exports } from '../exports/Exports.tsx'
import { Backups } from './Backups.tsx'
import { Checks } from './Checks.tsx'
import { Jobs } from './Jobs.tsx'
import { Settings } from './Settings.tsx'
import { SetUpSteps } from './SetUpSteps.tsx'
import { Storage } from './Storage.tsx'
import './system.css'

const PARTS = { '': 'Overview', storage: 'Storage', jobs: 'Jobs', backups: 'Backups', exports: 'Exports', checks: 'Checks', settings: 'Settings' } as const

/** The server itself, for its administrators. */
export function SystemPage() {
  const { tab = '' } = useParams({ strict: false }) as { tab?: string }
  const current = tab in PARTS ? (tab as keyof typeof PARTS) : ''
  useTitle(`System · ${PARTS[current]}`)
  return (
    <div className="page">
      <div className="page-head"><h1>System</h1></div>
      <Tabs
        label="Parts of the system"
        tabs={Object.entries(PARTS).map(([part, name]) => ({ to: part ? `/admin/system/${part}` : '/admin/system', name, current: part === current }))}
      />
      {current === '' ? <Overview /> : null}
      {current === 'storage' ? <Storage /> : null}
      {current === 'jobs' ? <Jobs /> : null}
      {current === 'backups' ? <Backups /> : null}
      {current === 'exports' ? (
        <>
          <section className="card system-card" aria-label="Everything">
            <p><ExportButton order={{ scope: 'instance' }} what="everything" /> <span className="quiet">All that you may read on this server, as one file. For getting the server back after a loss make backups.</span></p>
          </section>
          <Exports everybody />
        </>
      ) : null}
      {current === 'checks' ? <Checks /> : null}
      {current === 'settings' ? <Settings /> : null}
    </div>
  )
}

const LEVELS: Record<string, string> = {
  ample: 'everything is taken',
  low: 'room is low',
  'no artifacts': 'artifacts are refused until there is room',
  'no new runs': 'artifacts and new runs are refused until there is room',
  'read-only': 'nothing is taken until there is room',
}

function Overview() {
  const query = useQuery(systemQuery)
  if (query.error && !query.data) return <Problem error={query.error} retry={() => void query.refetch()} />
  if (!query.data) return <Loading what="the state of the server" />
  const { version, started_at: started, public_url: url, data_directory: folder, databases, disk, certificate_expires_at: expiry, last_backup: backup } = query.data
  return (
    <>
      <SetUpSteps system={query.data} />
      <section className="card system-card" aria-label="Server">
        <dl className="system-facts">
          <dt>Version</dt><dd>{version}</dd>
          <dt>Started</dt><dd><Ago time={started} /></dd>
          <dt>Address</dt><dd><code>{url}</code></dd>
          <dt>Data</dt><dd><code>{folder}</code></dd>
          <dt>Disk</dt>
          <dd>{disk ? `${formatSize(disk.free_bytes)} of ${formatSize(disk.total_bytes)} free: ${LEVELS[disk.level] ?? disk.level}` : 'cannot be asked'}</dd>
          <dt>Room in memory</dt><dd>{formatSize(query.data.stream_room_bytes)} for what runs send</dd>
          <dt>Certificate</dt><dd>{expiry ? <>good until {new Date(expiry).toLocaleString()}</> : 'not shown by this server itself'}</dd>
          <dt>Last backup</dt>
          <dd>{backup ? <><Ago time={backup.created_at} />, {formatSize(backup.size_bytes)}, to <code>{backup.to}</code></> : 'none was made yet'}</dd>
          <dt>Copies from before upgrades</dt><dd>{query.data.snapshots.length || 'none'}</dd>
        </dl>
      </section>
      <section className="card system-card" aria-label="Databases">
        <h2>Databases</h2>
        <div className="table-scroll" tabIndex={0} role="region" aria-label="Databases of the server">
          <table className="table">
            <thead><tr><th>File</th><th className="number">Size</th><th className="number">of it the log</th><th className="number">Changes that wait</th></tr></thead>
            <tbody>
              {databases.map(({ name, size_bytes: size, log_bytes: log, queued }) => (
                <tr key={name}><td>{name}</td><td className="number">{formatSize(size)}</td><td className="number">{formatSize(log)}</td><td className="number">{queued}</td></tr>
              ))}
            </tbody>
          </table>
        </div>
      </section>
    </>
  )
}
