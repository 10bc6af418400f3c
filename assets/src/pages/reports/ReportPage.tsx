import { useQuery } from '@tanstack/react-query'
import { Link, useLocation, useNavigate, useParams } from '@tanstack/react-router'
import { lazy, Suspense, useEffect, useLayoutEffect, useState } from 'react'
import { ApiError, isOpenByLink, openByLink } from '../../api/request.ts'
import { reportQuery } from '../../api/reports.ts'
import { sessionQuery, type Session } from '../../api/session.ts'
import { BASE } from '../../paths.ts'
import { reportId, reportPath } from '../../lib/report/address.ts'
import { Loading } from '../../ui/Loading.tsx'
import { useTitle } from '../../ui/useTitle.ts'
import { useUrl } from '../../ui/useUrl.ts'
import { Problem } from '../Problem.tsx'
import { Viewer } from './Viewer.tsx'

const Editor = lazy(() => import('./editor/EditorPage.tsx').then((module) => ({ default: module.EditorPage })))

/** Opens a report to who is signed in, or who holds a link to it. */
export function ReportPage() {
  const [url] = useUrl()
  const token = url['accessToken'] ?? null
  const session = useQuery(sessionQuery).data
  const navigate = useNavigate()
  // Nothing is asked before it is known in whose name.
  const [opened, setOpened] = useState<{ token: string | null } | null>(null)
  useLayoutEffect(() => {
    openByLink(token)
    setOpened({ token })
    return () => openByLink(null)
  }, [token])
  const isVisitor = session?.account === null
  const mustSignIn = isVisitor && token === null
  useEffect(() => {
    if (!mustSignIn) return
    const next = location.pathname.slice(BASE.length) + location.search + location.hash
    void (session?.setup_required ? navigate({ to: '/signup', replace: true }) : navigate({ to: '/login', search: { next }, replace: true }))
  }, [mustSignIn])
  useLayoutEffect(() => {
    // Who came by a link has no way to anything else here.
    document.documentElement.toggleAttribute('data-visitor', isVisitor)
    return () => document.documentElement.removeAttribute('data-visitor')
  }, [isVisitor])
  if (!session || mustSignIn || opened?.token !== token) return <div className="page"><Loading what="the report" rows={6} /></div>
  return <Opened session={session} />
}

/** A report to read; a draft of one's own to write. */
function Opened({ session }: { session: Session }) {
  const { entity = '', project = '', report: part = '' } = useParams({ strict: false })
  const id = reportId(part)
  const [url] = useUrl()
  const query = useQuery(reportQuery(id))
  const report = query.data
  const navigate = useNavigate()
  useNoReferrer()
  useTitle(report?.display_name ?? 'Report')
  const hash = useLocation({ select: (place) => place.hash })
  const canonical = report ? reportPath(report) : null
  const here = `/${[entity, project, 'reports', part].map(encodeURIComponent).join('/')}`
  useEffect(() => {
    // It moved with its project, was renamed, or somebody shortened its address.
    if (canonical !== null && canonical !== here) void navigate({ to: canonical, search: url as never, hash, replace: true })
  }, [canonical, here])
  const isVisitor = session.account === null
  if (query.error && !report) {
    const isDead = isOpenByLink() && query.error instanceof ApiError && query.error.status === 404
    return isDead ? <DeadLink path={here} isVisitor={isVisitor} /> : <Problem error={query.error} retry={() => void query.refetch()} />
  }
  if (!report) return <div className="page"><Loading what="the report" rows={6} /></div>
  if (report.kind === 'draft' && report.may.edit && url['view'] !== 'yes') {
    return <Suspense fallback={<div className="page"><Loading what="the editor" rows={6} /></div>}><Editor key={report.id} report={report} /></Suspense>
  }
  return <Viewer report={report} byLink={isVisitor} />
}

/** The address of a shared report is a secret: it goes to nobody as where somebody came from. */
function useNoReferrer() {
  useEffect(() => {
    const rule = document.createElement('meta')
    rule.name = 'referrer'
    rule.content = 'no-referrer'
    document.head.append(rule)
    return () => rule.remove()
  }, [])
}

function DeadLink({ path, isVisitor }: { path: string; isVisitor: boolean }) {
  return (
    <div className="card problem" role="alert">
      <h1>This link opens no report</h1>
      <p>It was withdrawn, has expired, or the team does not share reports by link any more. Ask who gave it to you{isVisitor ? ', or sign in if you have an account here' : ''}.</p>
      {isVisitor ? <div className="problem-actions"><Link to="/login" search={{ next: path }} className="button button-primary">Sign in</Link></div> : null}
    </div>
  )
}
