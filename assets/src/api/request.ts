// One way to the server: cookies for who asks, a header against cross-site requests, failures as ApiError.

import { parsePythonJson } from '../lib/json.ts'
import { BASE } from '../paths.ts'

export class ApiError extends Error {
  readonly status: number
  readonly code: string
  readonly requestId: string | null
  /** All that the server said. */
  readonly answer: unknown

  constructor(status: number, code: string, message: string, requestId: string | null, answer: unknown = null) {
    super(message)
    this.status = status
    this.code = code
    this.requestId = requestId
    this.answer = answer
  }
}

/** What the link of a report holds, for as long as that report is shown to who came by it. */
let linkToken: string | null = null

export const openByLink = (token: string | null) => {
  linkToken = token
}
export const isOpenByLink = () => linkToken !== null

type Failure = { code?: string; message?: string; request_id?: string; errors?: { message: string; extensions?: { code?: string; request_id?: string | null } }[] }

type Answer = { status: number; text: string; requestId: string | null }

/** Sends a request; an answer that is a refusal becomes an ApiError with the server's words. */
async function send(path: string, method: string, body?: unknown, more: Record<string, string> = {}): Promise<Answer> {
  const response = await ask(path, method, body, more)
  return { status: response.status, text: await response.text(), requestId: response.headers.get('X-Request-Id') }
}

/** The answer as it comes; a refusal becomes an ApiError with the server's words. */
export async function ask(path: string, method: string, body: unknown, more: Record<string, string>): Promise<Response> {
  // A file goes as it is.
  const [type, bytes] = body instanceof Blob ? ['application/octet-stream', body] : ['application/json', JSON.stringify(body)]
  let response: Response
  try {
    response = await fetch(path, {
      method,
      headers: {
        'X-Requested-With': 'runstead', Accept: 'application/json', ...(body === undefined ? {} : { 'Content-Type': type }),
        ...(linkToken === null ? {} : { 'X-Runstead-Report-Token': linkToken }), ...more,
      },
      // The address of such a page holds the token, which is for nobody else.
      ...(linkToken === null ? {} : { referrerPolicy: 'no-referrer' }),
      ...(body === undefined ? {} : { body: bytes }),
    })
  } catch {
    throw new ApiError(0, 'OFFLINE', 'The server cannot be reached. Check that it runs and that you are on its network.', null)
  }
  if (response.ok) return response
  const answer = { status: response.status, text: await response.text(), requestId: response.headers.get('X-Request-Id') }
  let refusal: unknown = null
  try {
    refusal = parsed(answer, JSON.parse)
  } catch {
    // What stands before the server may answer in a language of its own.
  }
  throw failure(answer.status, refusal, answer.requestId)
}

function parsed({ status, text, requestId }: Answer, parse: (text: string) => unknown): unknown {
  try {
    return text === '' ? null : parse(text)
  } catch {
    throw new ApiError(status, 'UNREADABLE', 'The server sent an answer that is not JSON.', requestId)
  }
}

function failure(status: number, answer: unknown, requestId: string | null): ApiError {
  const said = (typeof answer === 'object' && answer !== null ? answer : {}) as Failure
  const first = said.errors?.[0]
  const message = said.message ?? first?.message ?? `The server answered with status ${status}.`
  return new ApiError(status, said.code ?? first?.extensions?.code ?? 'FAILED', message, said.request_id ?? first?.extensions?.request_id ?? requestId, answer)
}

/** Calls `/api/v1` + path. */
export async function rest<T>(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown, headers?: Record<string, string>): Promise<T> {
  return parsed(await send(`${BASE}/api/v1${path}`, method, body, headers), JSON.parse) as T
}

/** A page of a list of the management API. */
export type Listing<T> = { items: T[]; next_cursor: string | null }

/** The most items that the management API gives at once. */
const PAGE_MAX = 1000

/** All items of a list, for lists that one person can oversee. */
export async function everyPage<T>(path: string): Promise<T[]> {
  const items: T[] = []
  for (let after: string | null = ''; after !== null; ) {
    const page: Listing<T> = await rest('GET', `${path}${path.includes('?') ? '&' : '?'}limit=${PAGE_MAX}${after ? `&after=${encodeURIComponent(after)}` : ''}`)
    items.push(...page.items)
    after = page.next_cursor
  }
  return items
}

/** `?name=value&…` of what has a value. */
export function queryText(values: Record<string, string | number | null | undefined>): string {
  const said = Object.entries(values).filter(([, value]) => value !== null && value !== undefined && value !== '')
  return said.length === 0 ? '' : `?${new URLSearchParams(said.map(([name, value]) => [name, String(value)]))}`
}

/** Reads a file of JSON as Python writes it. */
export async function fileJson(path: string): Promise<unknown> {
  return parsed(await send(path, 'GET'), parsePythonJson)
}

/** Asks GraphQL; any error in the answer fails the whole question. */
export async function graphql<T>(query: string, variables: Record<string, unknown> = {}): Promise<T> {
  const answer = await send(`${BASE}/graphql`, 'POST', { query, variables })
  const body = parsed(answer, JSON.parse) as { data?: T; errors?: { message: string }[] } | null
  if (!body?.data || body.errors?.length) throw failure(answer.status, body, answer.requestId)
  return body.data
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
