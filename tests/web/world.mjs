// A server with people of every role, for tests that look at pages through their eyes.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { accessibilityFaults, openBrowser } from './browser.mjs'
import { startServer } from './server.mjs'

export const PASSWORD = 'correct horse battery'

/** Passwords hashed cheaply, no waiting for the disk. */
const QUICK = { RUNSTEAD_ACCOUNTS__PASSWORD_MEMORY_KIB: '64', RUNSTEAD_ACCOUNTS__PASSWORD_PASSES: '1', RUNSTEAD_DATA__DURABLE: 'false', RUNSTEAD_ALERTS__WEBHOOK_HOSTS: '127.0.0.1' }

/** Who has which role in the team red. The colleague has none; all but the stranger belong to the organization. */
const PEOPLE = { boss: 'admin', cyn: 'member', vera: 'view-only', colin: null, orga: null, stan: null }

/** The runs of the project red/digits, by who logged them. */
const RUNS = { boss: ['boss-1'], cyn: ['cyn-1', 'cyn-2'] }

const UPSERT = 'mutation($i: UpsertBucketInput!) { upsertBucket(input: $i) { bucket { id } } }'

export async function build() {
  const server = await startServer(QUICK)
  const send = async (method, path, body, headers) => {
    const response = await fetch(server.url + path, {
      method,
      headers: { 'X-Requested-With': 'runstead', 'Content-Type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    const answer = text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text
    if (!response.ok || answer.errors) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return { answer, cookie: response.headers.get('set-cookie')?.split(';')[0] ?? null }
  }
  const token = new URL(server.setupLink()).searchParams.get('token')
  const cookies = { ada: (await send('POST', '/api/v1/setup', { token, username: 'ada', email: 'ada@runs.example', password: PASSWORD })).cookie }
  /** Asks the management API as somebody. */
  const ask = async (who, method, path, body) => (await send(method, `/api/v1${path}`, body, { Cookie: cookies[who] })).answer
  const people = Object.keys(PEOPLE)
  for (const username of people) await ask('ada', 'POST', '/users', { username, email: `${username}@runs.example`, password: PASSWORD })
  await ask('ada', 'PUT', '/organizations/runstead/members/orga', { role: 'admin' })
  await ask('ada', 'DELETE', '/organizations/runstead/members/stan')
  // Another role ends sessions, so they begin when everybody has theirs.
  for (const username of people) cookies[username] = (await send('POST', '/api/v1/session', { username, password: PASSWORD })).cookie
  await ask('ada', 'POST', '/teams', { name: 'red', admin: 'boss' })
  for (const [username, role] of Object.entries(PEOPLE)) if (role && role !== 'admin') await ask('boss', 'PUT', `/teams/red/members/${username}`, { role })
  const log = (who, entityName, modelName, name, more = {}) => send('POST', '/graphql', { query: UPSERT, variables: { i: { entityName, modelName, name, displayName: name, ...more } } }, { Cookie: cookies[who] })
  for (const [username, names] of Object.entries(RUNS)) for (const name of names) await log(username, 'red', 'digits', name)
  await ask('boss', 'POST', '/projects/red', { name: 'secret', visibility: 'restricted' })
  return { server, send, ask, log, cookies }
}

/**
 * Builds the world before the tests of a file and takes it down after them. `step(name, who, walk)` is a test through the
 * eyes of one person: where it ends the page must be usable by everybody, and nothing may have gone wrong but what
 * `expected`, a pattern, names. After the first step that fails the others are skipped: they begin where it should have ended.
 */
export function inhabited() {
  const world = {}
  const pages = {}
  let browser
  before(async () => {
    Object.assign(world, await build())
    browser = await openBrowser()
  })
  after(async () => {
    await browser?.close()
    await world.server?.stop()
  })
  const pageOf = async (who) => {
    // Who is none of the people is not signed in.
    const [name, value] = world.cookies[who]?.split('=') ?? []
    pages[who] ??= await browser.person(name ? { name, value, url: world.server.url } : null)
    return pages[who]
  }
  let stumbled = false
  world.step = (name, who, walk, expected = /^$/) =>
    test(`${who}: ${name}`, async (context) => {
      if (stumbled) return context.skip('an earlier step failed')
      stumbled = true
      const { page, faults } = await pageOf(who)
      page.open = (path) => page.goto(world.server.url + path)
      page.title1 = (text) => page.getByRole('heading', { level: 1, name: text }).waitFor()
      page.part = (text) => page.getByRole('region', { name: text, exact: true })
      try {
        await walk(page)
      } catch (error) {
        const text = await page.locator('body').innerText({ timeout: 1_000 }).catch(() => '')
        throw new Error(`${error.message}\nthe page ${page.url()} says: ${text.slice(0, 1_500)}\nand there was: ${faults().join('; ')}`)
      }
      assert.deepEqual(await accessibilityFaults(page), [])
      assert.deepEqual(faults().filter((fault) => !expected.test(fault)), [])
      stumbled = false
    })
  return world
}

/** What a file that the page offers has in it. */
export async function downloaded(page, click) {
  const [download] = await Promise.all([page.waitForEvent('download'), click()])
  const chunks = []
  for await (const chunk of await download.createReadStream()) chunks.push(chunk)
  return { name: download.suggestedFilename(), text: Buffer.concat(chunks).toString() }
}
