import { Link } from '@tanstack/react-router'
import './tabs.css'

/** Links to the parts of a page; each is an address of its own. */
export function Tabs({ label, tabs }: { label: string; tabs: { to: string; name: string; count?: number; current: boolean }[] }) {
  return (
    <nav className="tabs" aria-label={label}>
      {tabs.map(({ to, name, count, current }) => (
        <Link key={name} to={to} className="tab" aria-current={current ? 'page' : undefined} activeProps={{}} activeOptions={{ exact: true }} resetScroll={false}>
          {name}
          {count ? <span className="tab-count">{count}</span> : null}
        </Link>
      ))}
    </nav>
  )
}
