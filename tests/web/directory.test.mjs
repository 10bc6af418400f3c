// An administrator connects a directory: tests it, says what groups give, looks at a sync before it runs, runs it, asks a person
// in who never signed in, and is alerted when a sync refuses itself. Every page is checked as on the other walk.
import assert from 'node:assert/strict'
import { after, before } from 'node:test'
import { openBrowser, walk } from './browser.mjs'
import { startServer } from './server.mjs'
import { setUp } from './setup.mjs'
import { startSlapd } from './slapd.mjs'

let slapd, server, browser, page

before(async () => {
  slapd = await startSlapd()
  server = await startServer(slapd.settings)
  browser = await openBrowser()
  page = browser.page
  page.setDefaultTimeout(15_000)
  await setUp(page, server)
})

after(async () => {
  await browser?.close()
  await server?.stop()
  await slapd?.stop()
})

const step = walk(() => browser)

const heading = (name) => page.getByRole('heading', { level: 1, name }).waitFor()
const part = (name) => page.getByRole('navigation', { name: 'Parts of the directory' }).getByRole('link', { name }).click()
const button = (name) => page.getByRole('button', { name }).click()

step('the menu of an administrator leads to the directory', async () => {
  await page.getByRole('button', { name: /account of mira/ }).click()
  await button('Directory (LDAP)')
  await heading('Directory (LDAP)')
  await page.getByText('There was no sync yet.').waitFor()
})

step('what set each value is shown, and no secret', async () => {
  await part('Settings')
  const row = page.getByRole('row', { name: /^ldap\.base_dn/ })
  assert.match(await row.innerText(), /ou=people,dc=example,dc=org\s+environment RUNSTEAD_LDAP__BASE_DN/)
  assert.ok(!(await page.content()).includes('root-pw'))
})

step('rules are written and saved', async () => {
  await part('What groups give')
  await page.getByText('There are no rules').waitFor()
  for (const [number, group, role] of [[1, 'vision', 'member'], [2, 'leads', 'admin']]) {
    await button('Add a rule')
    await page.getByLabel(`Group of rule ${number}`).fill(group)
    await page.getByLabel(`Team of rule ${number}`).fill('vision')
    await page.getByLabel(`Role of rule ${number}`).selectOption(role)
    await page.getByLabel(`Contact of rule ${number}`).fill('desk@example.org')
  }
  await page.getByLabel('make it if it is not there').nth(1).check()
  await button('Save the rules')
  await page.getByText(/Changed by mira/).waitFor()
})

step('a test names each step and what a person gets', async () => {
  await part('Test and explain')
  const form = page.getByRole('region', { name: 'Test', exact: true })
  await form.getByLabel('Login of somebody to look up').fill('lea')
  await form.getByRole('button', { name: 'Test' }).click()
  await page.getByText('Every server did everything that was asked of it.').waitFor()
  await page.getByText('admin of the team vision (group leads)').waitFor()
})

step('a sync is looked at, then run', async () => {
  await part('Syncs')
  await button('Show what a sync would change')
  await page.getByText('A sync would make 10 changes.').waitFor()
  await page.getByText('lea in the team vision as admin (group leads)').waitFor()
  await button('Sync now')
  await page.getByText('10 changes were made.').waitFor()
  await page.getByRole('row', { name: /mira\s+changes made/ }).waitFor()
})

step('it is explained why somebody has what they have', async () => {
  await part('Test and explain')
  const form = page.getByRole('region', { name: 'Explain', exact: true })
  await form.getByLabel('Login of the person').fill('mio')
  await form.getByRole('button', { name: 'Explain' }).click()
  await page.getByText('from group vision (member)').waitFor()
})

step('the team says which group gives a seat, and the directory is searched for who is asked in', async () => {
  await page.goto(`${server.url}/teams/vision/members`)
  await page.getByText('Managed by LDAP group vision and leads').waitFor()
  await page.getByText('by the group leads of the directory').waitFor()
  await page.getByLabel('User names or e-mail addresses').fill('Ole')
  await page.getByRole('button', { name: /Ole Dahl ole, in the directory/ }).click()
  await button('Invite')
  await page.getByText('is in the directory and has the seat from the first sign-in on.').waitFor()
  await page.getByText('pending until the first sign-in').waitFor()
})

step('a sync that would take much refuses itself, and every page says so', async () => {
  slapd.remove('mio', 'pia', 'per')
  await page.goto(`${server.url}/admin/ldap`)
  await button('Sync now')
  await page.getByRole('complementary', { name: 'Directory' }).getByText('3 of 4 people would lose something').waitFor()
  await page.goto(`${server.url}/settings`)
  await page.getByRole('link', { name: 'Look into it' }).click()
  await heading('Directory (LDAP)')
})

step('the last sync is taken back', async () => {
  await button('Take the last sync back')
  await page.getByRole('dialog').getByRole('button', { name: 'Take it back' }).click()
  await page.getByText('The last sync is taken back.').waitFor()
  await page.getByText('The schedule rests, because the last sync was taken back.').waitFor()
})
