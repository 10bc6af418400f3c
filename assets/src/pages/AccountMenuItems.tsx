import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { BookUser, Building2, KeyRound, LogOut, ScrollText, Server, Settings, UserPlus, type LucideIcon } from 'lucide-react'
import { organizationsQuery } from '../api/organizations.ts'
import { sessionQuery, type Account } from '../api/session.ts'

/** The pages that are about somebody and their organizations. */
export function AccountMenuItems({ account }: { account: Account }) {
  const server = useQuery(sessionQuery).data
  const organizations = useQuery(organizationsQuery)
  const several = (organizations.data?.items.length ?? 0) > 1
  return (
    <>
      <p className="menu-head">
        <strong>{account.username}</strong>
        <span className="quiet truncate">{account.email}</span>
      </p>
      {organizations.data?.items.map(({ name, display_name: title, can_create_teams: makes, admins }) => (
        <div key={name}>
          <Item icon={UserPlus} to={`/orgs/${encodeURIComponent(name)}/teams`} title={`Invite team${several ? ` in ${title}` : ''}`} note={makes ? null : `ask ${admins.join(', ') || 'an admin'}`} />
          <Item icon={Building2} to={`/orgs/${encodeURIComponent(name)}`} title={title} />
        </div>
      ))}
      {account.site_admin ? (
        <>
          <Item icon={Server} to="/admin/system" title="System" />
          <Item icon={BookUser} to="/admin/ldap" title="Directory (LDAP)" />
          <Item icon={ScrollText} to="/admin/audit" title="Audit log" />
        </>
      ) : null}
      <Item icon={Settings} to="/settings" title="Settings" />
      <Item icon={KeyRound} to="/settings/keys" title="API keys" />
      <Item icon={LogOut} to="/logout" title="Sign out" />
      <p className="menu-foot quiet">{server?.server_name} {server?.version}</p>
    </>
  )
}

/** A way to a page; the note says why it does not lead all the way for this person. */
function Item({ icon: Icon, to, title, note = null }: { icon: LucideIcon; to: string; title: string; note?: string | null }) {
  const navigate = useNavigate()
  return (
    <button type="button" className="menu-item" popoverTarget="account-menu" popoverTargetAction="hide" onClick={() => void navigate({ to })}>
      <Icon size={14} aria-hidden /> {title} {note ? <span className="quiet truncate">{note}</span> : null}
    </button>
  )
}
