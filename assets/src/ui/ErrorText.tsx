import { ApiError } from '../api/request.ts'
import { CopyButton } from './CopyButton.tsx'
import './error.css'

/** Why something failed, in the server's words, with the id that finds it in the server's log. */
export function ErrorText({ error }: { error: Error | null }) {
  if (!error) return null
  const requestId = error instanceof ApiError ? error.requestId : null
  return (
    <div className="error-text" role="alert">
      <p>{error.message}</p>
      {requestId ? (
        <p className="error-request">
          Request <code>{requestId}</code> <CopyButton text={requestId} what="request id" iconOnly />
        </p>
      ) : null}
    </div>
  )
}
