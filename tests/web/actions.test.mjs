// Every page × every role: which buttons, links and fields there are, which are off and why. `actions.txt` is reviewed as a diff;
// what a page offers and has no row there fails, and so does a row that no page has. Where the policy explains what a control does,
// it is there for exactly those who may.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { openBrowser } from './browser.mjs'
import { build } from './world.mjs'

const GOLDEN = new URL('actions.txt', import.meta.url)

/** Who looks: administrator of the server, of the organization, of the team; member; view-only; colleague; stranger. */
const PEOPLE = ['ada', 'orga', 'boss', 'cyn', 'vera', 'colin', 'stan']

/** The pages; a page after `+` is looked at after all runs on it were picked. */
const PAGES = [
  '/', '/red', '/red/members', '/teams/red', '/teams/red/members', '/teams/red/service-accounts', '/teams/red/moves', '/teams/red/audit',
  '/orgs/runstead', '/orgs/runstead/teams', '/orgs/runstead/seats', '/orgs/runstead/service-accounts', '/orgs/runstead/privacy',
  '/orgs/runstead/general', '/orgs/runstead/registry',
  '/settings', '/settings/keys', '/settings/security', '/settings/appearance', '/settings/notifications', '/notifications', '/settings/moves', '/settings/permissions',
  '/red/digits', '+/red/digits', '/red/digits/compare?runs=boss-1,cyn-1', '/red/digits/settings', '/red/digits/storage', '/red/digits/trash', '/red/digits/reports', '/red/digits/artifacts',
  '/red/digits/runs/boss-1', '/red/digits/runs/boss-1/charts', '/red/digits/runs/boss-1/config', '/red/digits/runs/boss-1/logs',
  '/red/digits/runs/boss-1/files', '/red/digits/runs/boss-1/system', '/red/digits/runs/cyn-1', '/red/secret', '/red/secret/settings',
  '/admin/system', '/admin/system/storage', '/admin/system/jobs', '/admin/system/backups', '/admin/system/settings', '/admin/audit', '/admin/ldap',
]

/** What the policy says of a control: it is on for exactly those who may. */
const JUDGED = [
  ['/teams/red', 'General: button "Save"', 'manage', 'team/red'],
  ['/teams/red', 'General: button "Choose picture…"', 'manage', 'team/red'],
  ['/teams/red', 'Delete this team: button "Delete team"', 'delete', 'team/red'],
  ['/orgs/runstead/general', 'General: button "Save"', 'manage', 'organization/runstead'],
  ['/orgs/runstead/teams', 'Teams: button "Create team"', 'write', 'teams/runstead'],
  ['/red/digits/reports', 'button "Create report"', 'write', 'project/red/digits'],
  ['/red/digits/settings', 'General: button "Save"', 'write', 'project/red/digits'],
  ['/red/digits/settings', 'General: choice "Visibility"', 'manage', 'project/red/digits'],
  ['/red/digits/settings', 'Project members: button "Name as member"', 'manage', 'project/red/digits'],
  ['/red/digits/settings', 'Alerts: button "New alert"', 'write', 'project/red/digits'],
  ['/teams/red', 'Webhooks: button "New webhook"', 'manage', 'team/red'],
  ['/red/digits/settings', 'Delete this project: button "Delete project"', 'delete', 'project/red/digits'],
  ['/red/digits/runs/boss-1', 'button "Stop"', 'delete', 'run/red/digits/boss-1'],
  ['/red/digits/runs/boss-1', 'button "Delete"', 'delete', 'run/red/digits/boss-1'],
  ['/red/digits/runs/cyn-1', 'button "Delete"', 'delete', 'run/red/digits/cyn-1'],
  ['/red/digits/runs/cyn-1', 'button "Stop"', 'delete', 'run/red/digits/cyn-1'],
]

let world, browser, table
before(async () => {
  world = await build()
  browser = await openBrowser()
})
after(async () => {
  await browser?.close()
  await world?.server.stop()
})

/** What the page offers, as `[control, state]`: on, or off with the reason. Runs in the page. */
function offered() {
  const words = (text) => (text ?? '').replace(/\s+/g, ' ').trim()
  const named = (element) => {
    const label = element.getAttribute('aria-label')
    const labels = [...(element.labels ?? [])].map((label) => label.textContent).join(' ')
    return words(label ?? (labels || element.textContent || element.getAttribute('placeholder') || element.type))
  }
  const kinds = { A: 'link', BUTTON: 'button', SELECT: 'choice', TEXTAREA: 'field', SUMMARY: 'button' }
  const inputs = { checkbox: 'check', radio: 'choice', button: 'button', submit: 'button' }
  const found = new Map()
  const main = document.querySelector('main')
  for (const element of main?.querySelectorAll('a[href], button, select, input, textarea, summary, [role=button]') ?? []) {
    if (!element.checkVisibility({ visibilityProperty: true })) continue
    const kind = kinds[element.tagName] ?? inputs[element.type] ?? 'field'
    const part = element.closest('section[aria-label], aside[aria-label], nav[aria-label], [role=toolbar][aria-label]')?.getAttribute('aria-label')
    const control = `${part ? `${part}: ` : ''}${kind} "${named(element)}"`
    const off = element.disabled || element.getAttribute('aria-disabled') === 'true' || element.closest('fieldset')?.disabled
    const state = off ? `off${element.title ? `: ${words(element.title)}` : ''}` : 'on'
    if (!found.get(control)?.includes(state)) found.set(control, found.has(control) ? `${found.get(control)} / ${state}` : state)
  }
  return [...found]
}

/** Looks at all pages through the eyes of one person; without one, of somebody who is not signed in. */
async function look(who) {
  const [name, value] = who ? world.cookies[who].split('=') : []
  const { page, faults } = await browser.person(who ? { name, value, url: world.server.url } : null)
  let waiting = 0
  page.on('request', () => (waiting += 1))
  for (const over of ['requestfinished', 'requestfailed']) page.on(over, () => (waiting -= 1))
  const settled = async () => {
    const frames = () => page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve)))))
    const isLoading = () => page.evaluate(() => document.querySelector('main h1') === null || document.querySelector('main .loading') !== null)
    for (let quiet = 0, tries = 0; quiet < 2; tries += 1) {
      if (tries > 1_500) throw new Error(`${who} still waits for ${page.url()}`)
      await frames()
      quiet = waiting === 0 && !(await isLoading()) ? quiet + 1 : 0
    }
  }
  const seen = new Map()
  await page.goto(`${world.server.url}/settings`)
  await settled()
  for (const path of PAGES) {
    const address = path.replace('+', '')
    // As a link does it: the page stays and what it shows changes.
    if (!who) await page.goto(world.server.url + address)
    else await page.evaluate((to) => history.pushState(null, '', to), address)
    await settled()
    if (path.startsWith('+')) {
      const all = page.getByRole('checkbox', { name: 'Pick all runs on this page' })
      if ((await all.count()) > 0) await all.check()
      await settled()
    }
    seen.set(path, new Map(await page.evaluate(offered)))
  }
  const wrong = faults().filter((fault) => !/40[134]|Failed to load resource/.test(fault))
  assert.deepEqual(wrong, [], `${who} met faults`)
  await page.context().close()
  return seen
}

/** All that was seen as text, and by person for what asks about it. */
async function gathered() {
  const seen = new Map()
  // Two at a time: there are about as many cores.
  const queue = [...PEOPLE]
  const work = async () => {
    for (let who = queue.shift(); who; who = queue.shift()) seen.set(who, await look(who))
  }
  await Promise.all([work(), work()])
  const lines = []
  for (const path of PAGES) {
    const controls = new Set(PEOPLE.flatMap((who) => [...seen.get(who).get(path).keys()]))
    lines.push('', `${path.startsWith('+') ? `${path.slice(1)}, with all runs picked` : path}`)
    if (controls.size === 0) lines.push('  nothing for anybody')
    for (const control of [...controls].sort()) {
      const states = PEOPLE.map((who) => seen.get(who).get(path).get(control) ?? '-')
      const parts = states.map((state) => state.split(' / '))
      const reasons = [...new Set(parts.flat().filter((state) => state.startsWith('off: ')))]
      lines.push(`  ${control.padEnd(72)} ${parts.map((states) => states.map((state) => state.split(': ')[0]).join('/').padEnd(5)).join(' ').trimEnd()}`)
      for (const reason of reasons) lines.push(`      ${reason}`)
    }
  }
  const head = `${''.padEnd(74)} ${PEOPLE.map((who) => who.padEnd(5)).join(' ').trimEnd()}`
  return { seen, text: `${[head, ...lines].join('\n')}\n` }
}

test('every page offers every role what was reviewed', async () => {
  table = await gathered()
  if (process.env.BLESS) writeFileSync(GOLDEN, table.text)
  const golden = readFileSync(GOLDEN, 'utf8')
  assert.deepEqual(table.text.split('\n'), golden.split('\n'), 'look at the change and run BLESS=1 node --test actions.test.mjs')
})

test('what a page offers is what the policy lets', async () => {
  const wrong = []
  for (const [path, control, action, target] of JUDGED) {
    for (const who of PEOPLE) {
      const state = table.seen.get(who).get(path).get(control) ?? '-'
      const { allowed, rule } = await world.ask('ada', 'GET', `/permissions/explain?user=${who}&action=${action}&target=${encodeURIComponent(target)}`)
      if ((state === 'on') !== allowed) wrong.push(`${path} ${control} is ${state} for ${who}, but ${action} ${target}: ${allowed} (${rule})`)
    }
    const known = PEOPLE.some((who) => table.seen.get(who).get(path).has(control))
    if (!known) wrong.push(`nobody has ${control} on ${path}`)
  }
  assert.deepEqual(wrong, [])
})

test('who is not signed in is shown the way in, and nothing else, on every page', async () => {
  const seen = await look(null)
  const doors = [...seen.values()].map((controls) => [...controls.keys()].sort().join(' · '))
  assert.deepEqual([...new Set(doors)], ['button "Sign in" · field "Password" · field "Username or e-mail"'])
})
