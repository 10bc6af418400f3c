import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Lock } from 'lucide-react'
import { useState } from 'react'
import { projectMembersQuery, projectSettingsQuery } from '../../api/projectSettings.ts'
import { linksQuery, makeLink, revokeLink, type Report, type ReportLink } from '../../api/reports.ts'
import { EXPIRIES, expiryAfter } from '../../lib/expiry.ts'
import { formatTime, parseTime } from '../../lib/format.ts'
import { serverAddress } from '../../paths.ts'
import { reportPath } from '../../lib/report/address.ts'
import { Ago } from '../../ui/Ago.tsx'
import { Button } from '../../ui/Button.tsx'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Select } from '../../ui/Select.tsx'

/** Who sees a report already, and links that show it to others. */
export function Share({ report, onClose }: { report: Report; onClose: () => void }) {
  const address = serverAddress() + reportPath(report)
  return (
    <Dialog title="Share this report" wide onClose={onClose}>
      <section aria-label="People who see it" className="share-part">
        <h3>People who see it</h3>
        <Audience report={report} />
        <div className="share-row"><code className="truncate">{address}</code> <CopyButton text={address} what="address" /></div>
      </section>
      <section aria-label="Links" className="share-part">
        <h3>Links for anybody</h3>
        <Links report={report} />
      </section>
      <div className="dialog-actions"><Button onClick={onClose}>Close</Button></div>
    </Dialog>
  )
}

function Audience({ report: { entity, project, kind, author } }: { report: Report }) {
  const settings = useQuery(projectSettingsQuery({ entity, project }))
  const isRestricted = settings.data?.visibility === 'restricted'
  const members = useQuery({ ...projectMembersQuery({ entity, project }), enabled: isRestricted && kind !== 'draft' })
  if (kind === 'draft') return <p>A draft is seen by {author?.name ?? 'its author'} and the admins of the team alone, until it is published.</p>
  const names = (members.data ?? []).map((member) => member.name || member.username).join(', ')
  return (
    <>
      <ErrorText error={settings.error ?? members.error} />
      {settings.data ? <p>{WHO[settings.data.visibility](entity)}{names ? `: ${names}` : ''}. They open it by its address, and see its panels live.</p> : null}
    </>
  )
}

const WHO = {
  restricted: (team: string) => `The people who are named in the project, and the admins of ${team}`,
  team: (team: string) => `Everybody in ${team}`,
  public: () => 'Anybody who reaches this server',
  open: () => 'Anybody who reaches this server',
}

function Links({ report }: { report: Report }) {
  const cache = useQueryClient()
  const [expiry, setExpiry] = useState('30')
  const { may } = report
  const links = useQuery({ ...linksQuery(report.id), enabled: may.edit })
  const refresh = () => cache.invalidateQueries({ queryKey: linksQuery(report.id).queryKey })
  const making = useMutation({ mutationFn: () => makeLink(report.id, expiryAfter(expiry, Date.now())), onSuccess: refresh })
  const revoking = useMutation({ mutationFn: (link: ReportLink) => revokeLink(report.id, link.id), onSuccess: refresh })
  const living = (links.data ?? []).filter((link) => link.revoked_at === null)
  if (!may.edit) return <p className="quiet">Only who edits a report makes links to it.</p>
  return (
    <>
      <p>Whoever has such a link sees this report and its live panels without signing in, and nothing else.</p>
      {may.share_hindrance ? <p className="locked"><Lock size={12} aria-hidden /> It cannot be shared by link: {may.share_hindrance}.</p> : null}
      {may.share ? (
        <div className="share-row">
          <Select label="Ends" value={expiry} options={EXPIRIES} onChange={(event) => setExpiry(event.target.value)} />
          <Button kind="primary" disabled={making.isPending} onClick={() => making.mutate()}>Create link</Button>
        </div>
      ) : null}
      <ErrorText error={making.error ?? revoking.error ?? links.error} />
      <ul className="share-links" aria-label="Links of this report">
        {living.map((link) => (
          <li key={link.id} className="share-link">
            <code className="truncate" data-testid="report-link">{link.url}</code>
            <CopyButton text={link.url} what="link" />
            <Button kind="danger" disabled={revoking.isPending} onClick={() => revoking.mutate(link)}>Withdraw</Button>
            <p className="quiet">
              {link.works ? (link.expires_at ? `ends ${formatTime(parseTime(link.expires_at) ?? 0)}` : 'never ends') : <strong>does not work: {link.why_not}</strong>}; made {link.created_by ? `by ${link.created_by} ` : ''}<Ago time={link.created_at} />
            </p>
          </li>
        ))}
      </ul>
    </>
  )
}
