import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useState } from 'react'
import { sessionQuery } from '../api/session.ts'

const load = () => import('./AccountMenuItems.tsx')
const Items = lazy(() => load().then((module) => ({ default: module.AccountMenuItems })))

/** Who is signed in, and behind it the pages about them. What the menu holds comes when it is wanted. */
export function AccountMenu() {
  const account = useQuery(sessionQuery).data?.account
  const [opened, setOpened] = useState(false)
  if (!account) return null
  const initials = account.username.slice(0, 2).toUpperCase()
  return (
    <>
      <button type="button" className="avatar" popoverTarget="account-menu" aria-label={`${initials}, account of ${account.username}`} onPointerEnter={() => void load()}>
        {initials}
      </button>
      <div id="account-menu" popover="auto" className="menu" onToggle={(event) => event.newState === 'open' && setOpened(true)}>
        {opened ? <Suspense fallback={null}><Items account={account} /></Suspense> : null}
      </div>
    </>
  )
}
