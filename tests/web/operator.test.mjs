// What pages tell of a server that made its own certificate: whom clients have to trust, and all that the doctor says.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before } from 'node:test'
import { openBrowser, walk } from './browser.mjs'
import { startServer } from './server.mjs'
import { downloaded } from './world.mjs'

// Nobody vouches for the server but itself; here its certificate is compared as a file.
process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'

let server, browser, page

before(async () => {
  server = await startServer({ RUNSTEAD_TLS__SELF_SIGNED: 'true' })
  browser = await openBrowser()
  page = browser.page
})

after(async () => {
  await browser?.close()
  await server?.stop()
})

const step = walk(() => browser)

step('the first administrator is made', async () => {
  await page.goto(server.setupLink())
  await page.getByLabel('Username').fill('mira')
  await page.getByLabel('E-mail').fill('mira@example.org')
  await page.getByLabel('Password').fill('correct horse battery')
  await page.getByRole('button', { name: 'Create administrator' }).click()
  await page.getByRole('heading', { level: 1, name: 'Your API key' }).waitFor()
})

step('the first steps give whom clients have to trust, and say how', async () => {
  await page.goto(server.url)
  const link = page.getByRole('link', { name: 'download runstead-ca.pem' })
  const { name, text } = await downloaded(page, () => link.click())
  assert.equal(name, 'runstead-ca.pem')
  assert.equal(text.trim(), readFileSync(`${server.data}/tls/self-signed.pem`, 'utf8').trim())
  await page.getByText('export SSL_CERT_FILE=$PWD/runstead-ca.pem REQUESTS_CA_BUNDLE=$PWD/runstead-ca.pem').waitFor()
  await page.getByText(`WANDB_BASE_URL=${server.url} wandb login`).waitFor()
})

step('the page of checks has every check of the doctor', async () => {
  await page.goto(`${server.url}/admin/system/checks`)
  const names = page.getByRole('region', { name: 'What the checks found' }).locator('code')
  await names.filter({ hasText: 'client.lines' }).waitFor({ timeout: 60_000 })
  const shown = await names.allInnerTexts()
  const doctor = server.told('doctor').checks.map((check) => check.name)
  assert.ok(doctor.length > 30)
  assert.deepEqual(shown.sort(), doctor.sort())
})
