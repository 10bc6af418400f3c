// The frame around every page: where you are, the theme, who you are.
import { useQuery } from '@tanstack/react-query'
import { Link, Outlet, useParams } from '@tanstack/react-router'
import { Bell as BellIcon, Moon, Sun } from 'lucide-react'
import { useEffect, useSyncExternalStore } from 'react'
import { sessionQuery } from '../api/session.ts'
import { unreadQuery } from '../api/unread.ts'
import { currentTheme, onThemeChange, toggleTheme } from '../lib/theme.ts'
import { BASE } from '../paths.ts'
import { Button } from '../ui/Button.tsx'
import { Toasts } from '../ui/Toasts.tsx'
import { AccountMenu } from './AccountMenu.tsx'
import './shell.css'

export function Shell() {
  const { entity, project } = useParams({ strict: false })
  return (
    <>
      <a className="skip" href="#content">Skip to content</a>
      <header className="topbar">
        <Link className="topbar-home" to="/"><img src={`${BASE}/mark.svg`} width="22" height="22" alt="Runstead home" /></Link>
        <nav className="topbar-path" aria-label="Where you are">
          {entity ? <Link to="/$entity" params={{ entity }} className="truncate">{entity}</Link> : null}
          {entity && project ? (
            <>
              <span className="quiet" aria-hidden>/</span>
              <Link to="/$entity/$project" params={{ entity, project }} className="topbar-project truncate">{project}</Link>
            </>
          ) : null}
        </nav>
        <Bell />
        <ThemeButton />
        <AccountMenu />
      </header>
      <DirectoryAlert />
      <main id="content"><Outlet /></main>
      <Toasts />
    </>
  )
}

/** The way to what one was told, and how much of it is not read yet. */
function Bell() {
  const account = useQuery(sessionQuery).data?.account
  const unread = useQuery({ ...unreadQuery, enabled: !!account }).data?.unread
  if (!account) return null
  const name = `Notifications${unread ? `, ${unread} unread` : ''}`
  return (
    <Link className="button button-icon bell" to="/notifications" aria-label={name} title={name}>
      <BellIcon size={16} aria-hidden />
      {unread ? <span className="bell-count">{unread > 99 ? '99+' : unread}</span> : null}
    </Link>
  )
}

/** On every page of an administrator, as long as syncs with the directory change nothing. */
function DirectoryAlert() {
  const alert = useQuery(sessionQuery).data?.directory_alert
  if (!alert) return null
  return (
    <aside className="shell-alert" aria-label="Directory">
      The last sync with the directory changed nothing: {alert} <Link to="/admin/ldap">Look into it</Link>
    </aside>
  )
}

function ThemeButton() {
  const theme = useSyncExternalStore(onThemeChange, currentTheme)
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.altKey && event.code === 'KeyM') toggleTheme()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [])
  const other = theme === 'dark' ? 'light' : 'dark'
  const Icon = theme === 'dark' ? Sun : Moon
  return (
    <Button kind="icon" aria-label={`Use the ${other} theme`} aria-keyshortcuts="Alt+M" title={`Use the ${other} theme (Alt M)`} onClick={toggleTheme}>
      <Icon size={16} aria-hidden />
    </Button>
  )
}
