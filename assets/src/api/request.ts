// One way to the server: cookies for who asks, a header against cross-site requests, failures as ApiError.

import { parsePythonJson } from '../lib/json.ts'

export class ApiError extends Error {
  readonly status: number
  readonly code: string
  readonly requestId: string | null

  constructor(status: number, code: string, message: string, requestId: string | null) {
    super(message)
    this.status = status
    this.code = code
    this.requestId = requestId
  }
}

type Failure = { code?: string; message?: string; request_id?: string; errors?: { message: string; extensions?: { code?: string; request_id?: string | null } }[] }

async function send(path: string, method: string, body?: unknown): Promise<{ status: number; body: unknown; requestId: string | null }> {
  let response: Response
  try {
    response = await fetch(path, {
      method,
      headers: { 'X-Requested-With': 'runstead', Accept: 'application/json', ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  } catch {
    throw new ApiError(0, 'OFFLINE', 'The server cannot be reached. Check that it runs and that you are on its network.', null)
  }
  const text = await response.text()
  const requestId = response.headers.get('X-Request-Id')
  let answer: unknown = null
  try {
    answer = text === '' ? null : JSON.parse(text)
  } catch {
    if (response.ok) throw new ApiError(response.status, 'UNREADABLE', 'The server sent an answer that is not JSON.', requestId)
  }
  if (!response.ok) throw failure(response.status, answer, requestId)
  return { status: response.status, body: answer, requestId }
}

function failure(status: number, answer: unknown, requestId: string | null): ApiError {
  const said = (typeof answer === 'object' && answer !== null ? answer : {}) as Failure
  const first = said.errors?.[0]
  const message = said.message ?? first?.message ?? `The server answered with status ${status}.`
  return new ApiError(status, said.code ?? first?.extensions?.code ?? 'FAILED', message, said.request_id ?? first?.extensions?.request_id ?? requestId)
}

/** Calls `/api/v1` + path. */
export async function rest<T>(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<T> {
  return (await send(`/api/v1${path}`, method, body)).body as T
}

/** Reads a file of JSON as Python writes it. */
export async function fileJson(path: string): Promise<unknown> {
  const response = await fetch(path, { headers: { 'X-Requested-With': 'runstead' } })
  if (!response.ok) throw failure(response.status, null, response.headers.get('X-Request-Id'))
  return parsePythonJson(await response.text())
}

/** Asks GraphQL; any error in the answer fails the whole question. */
export async function graphql<T>(query: string, variables: Record<string, unknown> = {}): Promise<T> {
  const { status, body, requestId } = await send('/graphql', 'POST', { query, variables })
  const answer = body as { data?: T; errors?: { message: string }[] } | null
  if (!answer?.data || answer.errors?.length) throw failure(status, answer, requestId)
  return answer.data
}

/** A value that the schema carries as JSON text, or already as JSON. */
export function parseJson<T>(value: unknown, otherwise: T): T {
  if (typeof value !== 'string') return value === null || value === undefined ? otherwise : (value as T)
  try {
    return parsePythonJson(value) as T
  } catch {
    return otherwise
  }
}
