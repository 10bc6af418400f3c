// An administrator of a server without a directory finds settings that are right, step by step, and takes them into the
// configuration. Every page is checked as on the other walk.
import assert from 'node:assert/strict'
import { after, before } from 'node:test'
import { openBrowser, walk } from './browser.mjs'
import { startServer } from './server.mjs'
import { setUp } from './setup.mjs'
import { startSlapd } from './slapd.mjs'

let slapd, server, browser, page

before(async () => {
  slapd = await startSlapd()
  server = await startServer()
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
const fill = (label, text) => page.getByLabel(label, { exact: true }).fill(text)
const attempt = () => page.getByRole('button', { name: 'Try the settings' }).click()

step('the page says that there is no directory and asks for settings', async () => {
  await page.goto(`${server.url}/admin/ldap`)
  await page.getByText('No directory is configured.').waitFor()
  await page.getByRole('heading', { name: 'Try settings' }).waitFor()
})

step('a value that cannot be is named', async () => {
  await fill('Servers', 'directory.example.org')
  await fill('Where people are', slapd.settings.RUNSTEAD_LDAP__BASE_DN)
  await attempt()
  await page.getByText('must be addresses as in ldaps://directory.example.org:636').waitFor()
  // The refusal itself is all that went wrong.
  assert.ok(browser.faults().every((fault) => fault.includes('400')))
})

step('a wrong password names the step that fails', async () => {
  await fill('Servers', slapd.settings.RUNSTEAD_LDAP__SERVERS)
  await page.getByLabel('Encrypt ldap:// by StartTLS').uncheck()
  await fill('Service account', slapd.settings.RUNSTEAD_LDAP__BIND_DN)
  await fill('Its password', 'wrong')
  await attempt()
  await page.getByText('Something does not work; the step that fails says what.').waitFor()
  await page.getByRole('row', { name: /bind failed .*the name or the password is not right/ }).waitFor()
})

step('with the right one people and groups are shown, and the text for the configuration', async () => {
  await fill('Its password', 'root-pw')
  await fill('Where groups are', slapd.settings.RUNSTEAD_LDAP__GROUP_BASE_DN)
  await fill('Login of somebody to look up', 'lea')
  await attempt()
  await page.getByText('Every server did everything that was asked of it.').waitFor()
  await page.getByRole('row', { name: /nia Nia Holm nia@example\.org/ }).waitFor()
  await page.getByRole('row', { name: /^vision 4 / }).waitFor()
  const text = await page.getByRole('region', { name: 'configuration' }).innerText()
  assert.match(text, /^\[ldap\]\nservers = "ldap:\/\/127\.0\.0\.1:\d+"\nproduct = "openldap"\nstart_tls = false\n/)
  assert.match(text, /group_base_dn = "ou=groups,dc=example,dc=org"/)
  assert.ok(!(await page.content()).includes('root-pw'))
})
