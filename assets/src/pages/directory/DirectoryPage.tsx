import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { statusQuery } from '../../api/directory.ts'
import { Loading } from '../../ui/Loading.tsx'
import { Tabs } from '../../ui/Tabs.tsx'
import { useTitle } from '../../ui/useTitle.ts'
import { Problem } from '../Problem.tsx'
import { Rules } from './Rules.tsx'
import { Settings } from './Settings.tsx'
import { SetUp } from './SetUp.tsx'
import { Syncs } from './Syncs.tsx'
import { Try } from './Try.tsx'
import '../../ui/sections.css'
import './directory.css'

/** The directory people come from, for administrators of the server. */
export function DirectoryPage() {
  const { tab = 'status' } = useParams({ strict: false }) as { tab?: string }
  useTitle('Directory')
  const query = useQuery(statusQuery)
  if (query.error && !query.data) return <Problem error={query.error} retry={() => void query.refetch()} />
  if (!query.data) return <div className="page"><Loading what="the directory" /></div>
  const status = query.data
  return (
    <div className="page">
      <div className="page-head"><h1>Directory (LDAP)</h1></div>
      {status.configured ? (
        <>
          <Tabs
            label="Parts of the directory"
            tabs={[
              { to: '/admin/ldap', name: 'Syncs', current: tab === 'status' },
              { to: '/admin/ldap/rules', name: 'What groups give', current: tab === 'rules' },
              { to: '/admin/ldap/try', name: 'Test and explain', current: tab === 'try' },
              { to: '/admin/ldap/settings', name: 'Settings', current: tab === 'settings' },
              { to: '/admin/ldap/setup', name: 'Set up', current: tab === 'setup' },
            ]}
          />
          {status.enabled ? null : <p role="note" className="directory-note">The directory is only tried out: nobody signs in with it and no sync changes anything until ldap.enabled is true.</p>}
          {tab === 'status' ? <Syncs status={status} /> : null}
          {tab === 'rules' ? <Rules /> : null}
          {tab === 'try' ? <Try /> : null}
          {tab === 'settings' ? <Settings settings={status.settings} /> : null}
          {tab === 'setup' ? <SetUp /> : null}
        </>
      ) : (
        <>
          <p>No directory is configured. Find settings that are right here, or with <code>runstead ldap test</code>.</p>
          <SetUp />
        </>
      )}
    </div>
  )
}
