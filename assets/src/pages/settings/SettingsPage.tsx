import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { sessionQuery } from '../../api/session.ts'
import { userQuery } from '../../api/users.ts'
import { Loading } from '../../ui/Loading.tsx'
import { Tabs } from '../../ui/Tabs.tsx'
import { useTitle } from '../../ui/useTitle.ts'
import { NotFound, Problem } from '../Problem.tsx'
import { Exports } from '../exports/Exports.tsx'
import { Imports } from '../exports/Imports.tsx'
import { Moves } from '../moves/Moves.tsx'
import { Appearance } from './Appearance.tsx'
import { DefaultLocation } from './DefaultLocation.tsx'
import { MyInvitations } from './MyInvitations.tsx'
import { MyKeys } from './MyKeys.tsx'
import { NewPassword } from './NewPassword.tsx'
import { Notifications } from './Notifications.tsx'
import { Permissions } from './Permissions.tsx'
import { Profile } from './Profile.tsx'
import { Sessions } from './Sessions.tsx'
import '../../ui/sections.css'

const TABS: [string, string][] = [['profile', 'Profile'], ['keys', 'API keys'], ['security', 'Password and sessions'], ['appearance', 'Appearance'], ['notifications', 'Notifications'], ['moves', 'Moves of runs'], ['exports', 'Exports'], ['permissions', 'Permissions']]

/** What a person decides about themselves. */
export function SettingsPage() {
  const { tab = 'profile' } = useParams({ strict: false }) as { tab?: string }
  useTitle('Settings')
  const username = useQuery(sessionQuery).data?.account?.username ?? ''
  const user = useQuery(userQuery(username))
  if (!TABS.some(([path]) => path === tab)) return <NotFound />
  if (user.error && !user.data) return <Problem error={user.error} retry={() => void user.refetch()} />
  return (
    <div className="page">
      <div className="page-head"><h1>Settings</h1></div>
      <Tabs label="Parts of the settings" tabs={TABS.map(([path, name]) => ({ to: path === 'profile' ? '/settings' : `/settings/${path}`, name, current: path === tab }))} />
      {!user.data ? <Loading what="your settings" /> : null}
      {user.data && tab === 'profile' ? <><MyInvitations /><Profile user={user.data} /><DefaultLocation user={user.data} /></> : null}
      {user.data && tab === 'keys' ? <MyKeys username={username} /> : null}
      {user.data && tab === 'security' ? <><NewPassword user={user.data} /><Sessions username={username} /></> : null}
      {tab === 'appearance' ? <Appearance /> : null}
      {tab === 'notifications' ? <Notifications /> : null}
      {tab === 'moves' ? <Moves /> : null}
      {tab === 'exports' ? <><Exports /><Imports /></> : null}
      {tab === 'permissions' ? <Permissions username={username} /> : null}
    </div>
  )
}
