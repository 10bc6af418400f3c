// The frame around every page: where you are, the theme, who you are.
import { useQuery } from '@tanstack/react-query'
import { Link, Outlet, useNavigate, useParams } from '@tanstack/react-router'
import { Building2, KeyRound, LogOut, Moon, Server, Settings, Sun } from 'lucide-react'
import { useEffect, useSyncExternalStore } from 'react'
import { sessionQuery } from '../api/session.ts'
import { organizationsQuery } from '../api/teams.ts'
import { currentTheme, onThemeChange, toggleTheme } from '../lib/theme.ts'
import { Button } from '../ui/Button.tsx'
import './shell.css'

export function Shell() {
  const { entity, project } = useParams({ strict: false })
  return (
    <>
      <a className="skip" href="#content">Skip to content</a>
      <header className="topbar">
        <Link className="topbar-home" to="/"><img src="/mark.svg" width="22" height="22" alt="Runstead home" /></Link>
        <nav className="topbar-path" aria-label="Where you are">
          {entity ? <Link to="/$entity" params={{ entity }} className="truncate">{entity}</Link> : null}
          {entity && project ? (
            <>
              <span className="quiet" aria-hidden>/</span>
              <Link to="/$entity/$project" params={{ entity, project }} className="topbar-project truncate">{project}</Link>
            </>
          ) : null}
        </nav>
        <ThemeButton />
        <AccountMenu />
      </header>
      <main id="content"><Outlet /></main>
    </>
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

function AccountMenu() {
  const { data } = useQuery(sessionQuery)
  const navigate = useNavigate()
  const account = data?.account
  const organizations = useQuery({ ...organizationsQuery, enabled: account !== null && account !== undefined })
  if (!account) return null
  const initials = account.username.slice(0, 2).toUpperCase()
  return (
    <>
      <button type="button" className="avatar" popoverTarget="account-menu" aria-label={`${initials}, account of ${account.username}`}>
        {initials}
      </button>
      <div id="account-menu" popover="auto" className="menu">
        <p className="menu-head">
          <strong>{account.username}</strong>
          <span className="quiet truncate">{account.email}</span>
        </p>
        {organizations.data?.items.map(({ name, display_name: title, role }) => (
          <button key={name} type="button" className="menu-item" popoverTarget="account-menu" popoverTargetAction="hide" onClick={() => void navigate({ to: '/orgs/$organization', params: { organization: name } })}>
            <Building2 size={14} aria-hidden /> {role === 'admin' ? `Invite team: ${title}` : `Teams of ${title}`}
          </button>
        ))}
        <button type="button" className="menu-item" popoverTarget="account-menu" popoverTargetAction="hide" onClick={() => void navigate({ to: '/settings' })}>
          <Settings size={14} aria-hidden /> Settings
        </button>
        {account.site_admin ? (
          <button type="button" className="menu-item" popoverTarget="account-menu" popoverTargetAction="hide" onClick={() => void navigate({ to: '/admin/system' })}>
            <Server size={14} aria-hidden /> System
          </button>
        ) : null}
        <button type="button" className="menu-item" popoverTarget="account-menu" popoverTargetAction="hide" onClick={() => void navigate({ to: '/authorize' })}>
          <KeyRound size={14} aria-hidden /> API keys
        </button>
        <button type="button" className="menu-item" popoverTarget="account-menu" popoverTargetAction="hide" onClick={() => void navigate({ to: '/logout' })}>
          <LogOut size={14} aria-hidden /> Sign out
        </button>
        <p className="menu-foot quiet">{data.server_name} {data.version}</p>
      </div>
    </>
  )
}
