// What stands in place of a page that cannot be shown.
import { Link, type ErrorComponentProps } from '@tanstack/react-router'
import { useEffect } from 'react'
import { ApiError } from '../api/request.ts'
import { BASE } from '../paths.ts'
import { CopyButton } from '../ui/CopyButton.tsx'
import { Button } from '../ui/Button.tsx'
import './problem.css'

export function NotFound() {
  return <View title="There is no such page" text="The address may be mistyped, or the page was part of something that was deleted." />
}

export function Problem({ error, retry }: { error: Error; retry?: () => void }) {
  const failure = error instanceof ApiError ? error : null
  useEffect(() => {
    // The session ended: sign in, and come back here.
    if (failure?.status === 401) location.assign(`${BASE}/login?next=${encodeURIComponent(location.pathname + location.search)}`)
  }, [failure])

  if (failure?.status === 401) return null
  if (failure?.status === 404) {
    return <View title={sentence(failure.message)} text="It does not exist, or your account may not see it. Ask its owner, or sign in as someone else." requestId={failure.requestId} />
  }
  if (failure?.status === 403) {
    return <View title="Your account may not do this" text={sentence(failure.message)} requestId={failure.requestId} />
  }
  return <View title="This page could not be loaded" text={error.message} requestId={failure?.requestId ?? null} {...(retry ? { retry } : {})} />
}

/** For failures outside a query: a fault of the pages themselves. */
export function RouteProblem({ error, reset }: ErrorComponentProps) {
  return <Problem error={error instanceof Error ? error : new Error(String(error))} retry={reset} />
}

function View({ title, text, requestId = null, retry }: { title: string; text: string; requestId?: string | null; retry?: () => void }) {
  return (
    <div className="card problem" role="alert">
      <h1>{title}</h1>
      <p>{text}</p>
      {requestId ? (
        <p className="problem-request">
          Request <code>{requestId}</code> <CopyButton text={requestId} what="request id" iconOnly />
        </p>
      ) : null}
      <div className="problem-actions">
        {retry ? <Button kind="primary" onClick={retry}>Try again</Button> : null}
        <Link to="/" className="button">Go to your projects</Link>
      </div>
    </div>
  )
}

const sentence = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)
