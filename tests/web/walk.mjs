// One person's first half hour: set-up, sign-in, an API key, and a run logged by the real client while they watch.
// Every page is checked in both themes for accessibility, once; console errors, failed requests and requests to other hosts fail.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before } from 'node:test'
import { openBrowser, walk } from './browser.mjs'
import { isBelow, OFTEN, startServer, until } from './server.mjs'

const PYTHON = process.env.WANDB_PYTHON ?? join(homedir(), '.cache/runstead-venvs/0.31.0/bin/python')
const PASSWORD = 'correct horse battery'

let server, browser, page, secret, client
let clientSaid = ''
const work = mkdtempSync(join(tmpdir(), 'runstead-walk-'))
const stopFile = join(work, 'stop')

before(async () => {
  server = await startServer()
  browser = await openBrowser()
  page = browser.page
  page.setDefaultTimeout(15_000)
})

after(async () => {
  client?.kill('SIGKILL')
  await browser?.close()
  await server?.stop()
  rmSync(work, { recursive: true, force: true })
})

const step = walk(() => browser, { isLookedOver: !isBelow() })

const open = (path) => page.goto(server.url + path)
const heading = (name) => page.getByRole('heading', { level: 1, name }).waitFor()
const runTab = (name) => page.getByRole('navigation', { name: 'Parts of the run' }).getByRole('link', { name }).click()

step('a server without an administrator says where the set-up link is', async () => {
  await open('/')
  await heading('This server is not set up yet')
})

step('the set-up link opens a form', async () => {
  await page.goto(server.setupLink())
  await heading('Set up this server')
})

step('the first administrator is made and signed in', async () => {
  await page.getByLabel('Username').fill('mira')
  await page.getByLabel('E-mail').fill('mira@example.org')
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Create administrator' }).click()
  await heading('Your API key')
})

step('signing out leads to the sign-in page', async () => {
  await page.getByRole('button', { name: /account of mira/ }).click()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await heading(/^Sign in to/)
})

step('a wrong password is refused in place', async () => {
  await page.getByLabel('Username or e-mail').fill('mira')
  await page.getByLabel('Password').fill('not the password')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('alert').waitFor()
  // The browser itself reports the refusal; nothing else may have gone wrong.
  const faults = browser.faults().filter((fault) => !fault.includes('401'))
  assert.deepEqual(faults, [])
})

step('without a session the key page leads to sign-in and back', async () => {
  await open('/authorize?signup=true&ref=models')
  await heading(/^Sign in to/)
  await page.getByLabel('Username or e-mail').fill('mira@example.org')
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await heading('Your API key')
})

step('an API key is made, masked, shown and copied', async () => {
  await page.getByRole('button', { name: 'Create key' }).click()
  await page.getByText('shown once').waitFor()
  assert.match(await page.getByTestId('secret').innerText(), /•{8}/)
  await page.getByRole('button', { name: 'Show key' }).click()
  secret = (await page.getByTestId('secret').innerText()).trim()
  assert.ok(secret.length >= 40, 'a key has at least 40 characters')
  await page.getByRole('button', { name: 'Copy key' }).click()
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), secret)
})

step('home teaches the first command', async () => {
  await open('/')
  await page.getByText('Waiting for the first run…').waitFor()
})

step('the first project appears by itself once the client logs', async () => {
  client = spawn(PYTHON, [new URL('train.py', import.meta.url).pathname, stopFile], {
    cwd: work,
    env: { PATH: process.env.PATH, HOME: work, WANDB_BASE_URL: server.url, WANDB_API_KEY: secret, WANDB_ERROR_REPORTING: 'false', ...OFTEN },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  for (const stream of [client.stdout, client.stderr]) stream.on('data', (chunk) => (clientSaid += chunk))
  await page.getByRole('link', { name: 'web-walk' }).waitFor({ timeout: 60_000 })
})

step("the person's page lists the project", async () => {
  await open('/mira')
  await page.getByRole('link', { name: 'web-walk' }).first().waitFor()
})

step('the project shows its run as running', async () => {
  await open('/mira/web-walk')
  await page.getByRole('row', { name: /walked-run.*Running/ }).waitFor()
})

step('a chart grows while one watches', async () => {
  await page.getByRole('link', { name: 'walked-run' }).click()
  const chart = page.getByRole('img', { name: /^Line chart of train\/loss/ })
  await chart.waitFor({ timeout: 30_000 })
  const points = async () => Number(/(\d+) points/.exec((await chart.getAttribute('aria-label')) ?? '')?.[1] ?? 0)
  const first = await points()
  await until(async () => (await points()) > first + 5, 'more points in the chart')
})

step('the points can be read as a table', async () => {
  await page.getByRole('button', { name: 'train/loss as a table' }).click()
  await page.getByRole('region', { name: 'Points of train/loss' }).waitFor()
})

step('the console follows, and marks what went to stderr', async () => {
  await runTab('Logs')
  await page.getByText('training begins').waitFor({ timeout: 30_000 })
  await page.getByRole('listitem').filter({ hasText: 'stderr: a warning of the trainer' }).waitFor()
})

step('config and summary are trees to search', async () => {
  await runTab('Config & summary')
  await page.getByRole('searchbox', { name: 'Search config' }).fill('activation')
  const config = page.getByRole('region', { name: 'Config' })
  await config.getByText('gelu').waitFor()
  assert.equal(await config.getByText('lr', { exact: true }).count(), 0)
  await page.getByRole('region', { name: 'Summary' }).getByText('train/loss').waitFor()
})

step('the overview shows alerts and takes notes', async () => {
  await runTab('Overview')
  await page.getByText('Watched by a browser.').waitFor()
  const alerts = page.getByRole('region', { name: 'Alerts' })
  await alerts.getByText('Loss is high').waitFor()
  await alerts.getByText('It should be below 4.').waitFor()
  await page.getByRole('button', { name: 'Edit' }).click()
  await page.getByRole('textbox', { name: 'Notes' }).fill('Written in the browser.')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Written in the browser.').waitFor()
})

step('a registry is made, and says how to link into it', async () => {
  await open('/orgs/Runstead/registry')
  await page.getByLabel('Name of a new registry').fill('models')
  await page.getByRole('button', { name: 'Create registry' }).click()
  await heading('models')
  await page.getByText('Nothing is linked here yet').waitFor()
  await page.getByRole('row', { name: /mira Person admin/ }).waitFor()
  await open('/mira/web-walk')
  await page.getByRole('link', { name: 'walked-run' }).click()
  await runTab('Overview')
})

step('the run ends as finished', async () => {
  const ended = new Promise((resolve) => client.once('exit', resolve))
  writeFileSync(stopFile, '')
  assert.equal(await ended, 0, `the client ends well, having said:\n${clientSaid}`)
  await page.getByText('Finished').first().waitFor()
})

step('custom charts are drawn over the tables that were logged with them', async () => {
  await runTab('Charts')
  const rows = { line: 20, series: 6, bars: 3, scattered: 20, spread: 20, confused: 4, roc: 20, own: 3 }
  for (const [name, count] of Object.entries(rows)) {
    const panel = await customPanel(name)
    const chart = panel.getByRole('img', { name: `Chart of ${name}, ${count} rows` })
    await chart.waitFor()
    await until(async () => (await colours(chart)) > 3, `marks in the chart ${name}`)
  }
})

async function customPanel(name) {
  const charts = page.getByRole('region', { name: 'Custom charts' })
  const panel = charts.getByRole('figure').filter({ has: page.getByRole('button', { name: `${name} as a table` }) })
  await panel.scrollIntoViewIfNeeded()
  return panel
}

/** How many colours the canvas of a chart has. */
const colours = (chart) =>
  chart.evaluate((element) => {
    const canvas = element.querySelector('canvas')
    if (!canvas?.width) return 0
    return new Set(new Uint32Array(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.buffer)).size
  })

step('a custom chart shows its table, and says why when it cannot be drawn', async () => {
  const bars = await customPanel('bars')
  await bars.getByRole('button', { name: 'bars as a table' }).click()
  await bars.getByRole('region', { name: 'Table bars' }).getByText('emu').waitFor()
  for (const [name, words] of [['greedy', /may not load https:/], ['missing', /nowhere not found/]]) {
    const panel = await customPanel(name)
    await panel.getByText(words).waitFor()
    await panel.getByRole('region', { name: `Table ${name}` }).getByText('dog').waitFor()
  }
})

step('tables, images, sounds and HTML are shown, and HTML has no part in the site', async () => {
  const media = page.getByRole('region', { name: 'Media' })
  await media.scrollIntoViewIfNeeded()
  await media.getByRole('region', { name: 'Table animals' }).getByText('emu').waitFor()
  await media.getByRole('img', { name: 'pixels at step 0' }).waitFor()
  await media.locator('audio').waitFor()
  const html = media.frameLocator('iframe[title="note at step 0"]')
  await html.getByText('Logged HTML').waitFor()
  await html.getByText('null').waitFor() // the origin of nobody
})

step('its files can be downloaded', async () => {
  await runTab('Files')
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'config.yaml' }).click()])
  assert.equal(download.suggestedFilename(), 'config.yaml')
})

step('and so can the whole run, as one', async () => {
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Download the run as ZIP' }).click()])
  assert.match(download.suggestedFilename(), /\.zip$/)
  const chunks = []
  for await (const chunk of await download.createReadStream()) chunks.push(chunk)
  const bytes = Buffer.concat(chunks)
  assert.equal(bytes.subarray(0, 2).toString(), 'PK')
  for (const name of ['history.parquet', 'files/config.yaml', 'manifest.json']) assert.ok(bytes.includes(name), name)
})

step('an artifact has a page with its files, and all of them come as one', async () => {
  await open('/mira/web-walk/artifacts')
  await page.getByRole('link', { name: 'net', exact: true }).click()
  await heading('net:v0')
  await page.getByRole('region', { name: 'Made by' }).getByRole('link', { name: 'walked-run' }).waitFor()
  const files = page.getByRole('region', { name: 'Files', exact: true })
  await files.getByRole('button', { name: 'weights/' }).click()
  await files.getByRole('link', { name: 'first.txt' }).waitFor()
  await files.getByRole('button', { name: 'All files' }).click()
  await files.getByRole('button', { name: 'weights/' }).waitFor()
  await page.getByRole('region', { name: 'Lineage' }).getByRole('link', { name: 'walked-run' }).first().waitFor()
  await page.getByRole('button', { name: 'Delete v0' }).click()
  await page.getByRole('dialog').getByText(/It frees .* no other version holds/).waitFor()
  await page.getByRole('button', { name: 'Keep it' }).click()
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Download all files as ZIP' }).click()])
  assert.equal(download.suggestedFilename(), 'net-v0.zip')
  const zip = readFileSync(await download.path(), 'latin1')
  assert.ok(zip.startsWith('PK') && zip.includes('weights/first.txt') && zip.includes('one of the weights'))
})

step('a project says which runs and artifacts take room, the greatest first', async () => {
  await open('/mira/web-walk')
  await projectTab('Storage')
  await page.getByText(/^Measured/).waitFor()
  const runs = page.getByRole('region', { name: 'Room by run' })
  await runs.getByRole('row', { name: /walked-run.* [kKM]?B/ }).waitFor()
  const head = runs.getByRole('columnheader', { name: 'Together' })
  assert.equal(await head.getAttribute('aria-sort'), 'descending')
  await head.getByRole('button').click()
  assert.equal(await head.getAttribute('aria-sort'), 'ascending')
  await page.getByRole('region', { name: 'Room by artifact' }).getByRole('link', { name: 'net:v0' }).click()
  await heading('net:v0')
})

step('the registry shows what was linked, and the links of the client lead to it', async () => {
  await open('/orgs/Runstead/registry')
  await page.getByRole('link', { name: 'models' }).click()
  await page.getByRole('link', { name: 'nets' }).click()
  await heading('nets:v0')
  await page.getByText('good', { exact: true }).waitFor()
  await open('/orgs/Runstead/registry/models?selectionPath=Runstead%2Fwandb-registry-models%2Fnets&view=membership&version=v0')
  await heading('nets:v0')
  await open('/mira/web-walk')
  await page.getByRole('link', { name: 'walked-run' }).click()
})

step('system metrics have a place', async () => {
  await runTab('System')
  await page.getByRole('img', { name: /^Line chart of/ }).first().or(page.getByText('No system metrics yet')).waitFor()
})

step('the theme is switched by keyboard and stays', async () => {
  const theme = () => page.evaluate(() => document.documentElement.dataset.theme)
  const first = await theme()
  await page.keyboard.press('Alt+m')
  const second = await theme()
  assert.notEqual(second, first)
  await page.reload()
  assert.equal(await theme(), second)
  await page.getByRole('navigation', { name: 'Parts of the run' }).waitFor()
})

step('what is not there is said to be missing', async () => {
  await open('/mira/no-such-project')
  await heading(/not found/)
})

const projectTab = (name) => page.getByRole('navigation', { name: 'Parts of the project' }).getByRole('link', { name }).click()
async function deleteRun() {
  await page.getByRole('link', { name: 'walked-run' }).click()
  await page.getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('button', { name: 'Delete run' }).click()
  await page.getByText('Waiting for the first run…').waitFor()
}

step('a deleted run is gone from the list, and restored from the trash', async () => {
  await open('/mira/web-walk')
  await page.getByRole('link', { name: 'walked-run' }).click()
  await page.getByRole('button', { name: 'Lock', exact: true }).click()
  await page.getByRole('button', { name: 'Unlock' }).waitFor()
  assert.ok(await page.getByRole('button', { name: 'Delete' }).isDisabled(), 'a locked run cannot be deleted')
  await page.getByRole('button', { name: 'Unlock' }).click()
  await page.getByRole('button', { name: 'Lock', exact: true }).waitFor()
  await open('/mira/web-walk')
  await deleteRun()
  await projectTab('Trash')
  await page.getByRole('row', { name: /walked-run.*mira/ }).getByRole('button', { name: 'Restore' }).click()
  await page.getByText('The trash is empty').waitFor()
  await projectTab('Runs')
  await page.getByRole('link', { name: 'walked-run' }).waitFor()
})

step('an administrator lets a deleted run go for good', async () => {
  await deleteRun()
  await projectTab('Trash')
  await page.getByRole('button', { name: 'Delete now' }).click()
  await page.getByRole('button', { name: 'Delete for good' }).click()
  await page.getByText('The trash is empty').waitFor({ timeout: 30_000 })
})

const systemTab = (name) => page.getByRole('navigation', { name: 'Parts of the system' }).getByRole('link', { name }).click()

step('an administrator sees how the server is', async () => {
  await open('/')
  await page.getByRole('button', { name: /account of mira/ }).click()
  await page.getByRole('button', { name: 'System' }).click()
  await heading('System')
  await page.getByText(/free: everything is taken|free: room is low/).waitFor()
  await page.getByRole('region', { name: 'Left to set up' }).getByText('set backup.to').waitFor()
  await page.getByRole('row', { name: /history\.db/ }).waitFor()
})

step('a job is done when it is asked for', async () => {
  await systemTab('Jobs')
  const row = page.getByRole('row', { name: /^storage/ })
  await row.getByText('well').waitFor()
  await page.getByRole('row', { name: /^unused blobs/ }).getByText(/\d+ of \d+/).waitFor()
  await row.getByRole('button', { name: 'Run now: storage' }).click()
  await row.getByText('just now').waitFor()
  await row.getByText(/^in \d+/).waitFor()
})

step('what takes room, as it was last measured, is listed by person and project', async () => {
  await systemTab('Storage')
  await page.getByRole('row', { name: /mira\/web-walk/ }).waitFor()
})

step('what is configured is shown with what set it', async () => {
  await systemTab('Settings')
  await page.getByRole('row', { name: /http\.listen .*locked here (environment|flag)/ }).waitFor()
  await page.getByText('dir = "').waitFor()
  await page.getByLabel('Only those that are set').uncheck()
  await page.getByRole('row', { name: /log\.level info locked here default/ }).waitFor()
})

step('without backups the page says so', async () => {
  await systemTab('Backups')
  await page.getByText('No backup is there.').waitFor()
})

step('the checks say what they found', async () => {
  await systemTab('Checks')
  await page.getByRole('row', { name: /Warning backup\.age no backup was made yet/ }).waitFor({ timeout: 30_000 })
  await page.getByRole('row', { name: /Good database\.control runstead\.db is whole/ }).waitFor()
})
