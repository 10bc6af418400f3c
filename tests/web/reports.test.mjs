// Reports: read with live panels by who only looks and by who has a link alone, written and published by a member, on paper whole.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { OFTEN, until } from './server.mjs'
import { inhabited } from './world.mjs'

const PYTHON = process.env.WANDB_PYTHON ?? join(homedir(), '.cache/runstead-venvs/0.31.0/bin/python')

const world = inhabited()
const { step } = world
const work = mkdtempSync(join(tmpdir(), 'runstead-reports-'))
const points = join(work, 'points')
let client, report, link
let clientSaid = ''

const text = (value, marks = {}) => ({ text: value, ...marks })
const panel = (viewType, config, x, y, w = 8, h = 8) => ({ __id__: `p${x}-${y}`, viewType, config, layout: { x, y, w, h } })
const grid = (panels, runSet = {}) => ({
  type: 'panel-grid',
  children: [text('')],
  metadata: {
    runSets: [{ id: 'set', name: 'Runs', enabled: true, project: { entityName: 'red', name: 'digits' }, search: { query: '' }, filters: { filterFormat: 'filterV2', filters: [] }, grouping: [], sort: { keys: [] }, selections: { root: 1, bounds: [], tree: [] }, ...runSet }],
    panelBankSectionConfig: { panels },
  },
})

/** Every block and every panel that the client's package for reports writes, and one that nobody knows. */
const UNKNOWN = { type: 'hologram', beam: { strength: [1, null, 'x'] }, children: [text('its letters')] }
const BLOCKS = [
  { type: 'paragraph', children: [text('')] },
  { type: 'table-of-contents', children: [text('')] },
  { type: 'heading', level: 1, children: [text('What came out')] },
  { type: 'paragraph', children: [text('Some '), text('bold', { bold: true }), text(' words, '), { type: 'link', url: 'https://docs.example', children: [text('a link')] }, text(' and '), { type: 'latex', content: 'e=mc^2', children: [text('')] }, text('')] },
  { type: 'list', children: [{ type: 'list-item', checked: true, children: [text('Trained')] }, { type: 'list-item', checked: false, children: [text('Shipped')] }] },
  { type: 'block-quote', children: [text('Quoted words')] },
  { type: 'callout-block', children: [{ type: 'callout-line', children: [text('Called out')] }] },
  { type: 'code-block', language: 'python', children: [{ type: 'code-line', children: [text('print("code")')] }] },
  { type: 'latex', block: true, content: '\\frac{1}{2}', children: [text('')] },
  { type: 'markdown-block', content: '# Marked\n\n<script>document.title = "run"</script>![far](https://far.example/x.png)', children: [text('')] },
  { type: 'image', url: 'https://far.example/y.png', children: [text('A far picture')], hasCaption: true },
  { type: 'video', url: 'https://video.example/1', children: [text('')] },
  { type: 'horizontal-rule', children: [text('')] },
  grid(
    [
      panel('Run History Line Plot', { metrics: ['loss'], smoothingWeight: 0.5, smoothingType: 'exponential' }, 0, 0),
      panel('Run History Line Plot', { metrics: ['loss', 'acc'], chartTitle: 'Both', yLogScale: true }, 8, 0),
      panel('Bar Chart', { metrics: ['acc'] }, 16, 0),
      panel('Scalar Chart', { metrics: ['acc'], chartTitle: 'Reached' }, 0, 8),
      panel('Scatter Plot', { xAxis: 'config:lr.value', yAxis: 'summary:acc' }, 8, 8),
      panel('Parallel Coordinates Plot', { columns: [{ accessor: 'c::lr' }, { accessor: 'c::opt' }, { accessor: 'summary:acc' }] }, 16, 8),
      panel('Run Comparer', { diffOnly: null }, 0, 16, 24, 8),
      panel('Markdown Panel', { value: 'A **panel** of words' }, 0, 24),
      panel('Code Comparer', { diff: 'split' }, 8, 24),
    ],
    { filters: { filterFormat: 'filterV2', filters: [{ key: { section: 'config', name: 'lr.value' }, op: '>=', value: 0.05 }] } },
  ),
  // So far down that it is in sight only for who scrolls there, and on paper.
  ...Array.from({ length: 40 }, (_, index) => ({ type: 'paragraph', children: [text(`Filling ${index}`)] })),
  { type: 'heading', level: 2, children: [text('Far below')] },
  grid([panel('Run History Line Plot', { metrics: ['acc'], chartTitle: 'Far acc', groupBy: 'opt.value', aggregate: true }, 0, 0, 24, 8)]),
  UNKNOWN,
  { type: 'paragraph', children: [text('')] },
]

/** A run that the real client logs, and a report over it. */
async function begin() {
  const { secret } = await world.ask('boss', 'POST', '/users/boss/api-keys', { name: 'for a client' })
  writeFileSync(points, '...')
  client = spawn(PYTHON, [new URL('report_run.py', import.meta.url).pathname, points], {
    cwd: work,
    env: { PATH: process.env.PATH, HOME: work, WANDB_BASE_URL: world.server.url, WANDB_API_KEY: secret, WANDB_ERROR_REPORTING: 'false', ...OFTEN },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  for (const stream of [client.stdout, client.stderr]) stream.on('data', (chunk) => (clientSaid += chunk))
  report = await world.ask('boss', 'POST', '/projects/red/digits/reports', {
    display_name: 'Weekly results', description: 'What we saw', kind: 'report',
    spec: JSON.stringify({ version: 5, panelSettings: {}, blocks: BLOCKS, width: 'readable', authors: [], discussionThreads: [] }),
  })
}

after(() => {
  client?.kill('SIGKILL')
  rmSync(work, { recursive: true, force: true })
})

const chart = (page, name = /^Line chart of loss/) => page.getByRole('img', { name }).first()
/** Logs more points, and waits until a chart has them. */
async function grows(page) {
  await chart(page, /^Line chart of loss.*live-1: last/).waitFor({ timeout: 60_000 }).catch((error) => {
    throw new Error(`${error.message}\nthe client said: ${clientSaid}`)
  })
  const count = async () => Number(/live-1: last .*?, (\d+) points/.exec(await chart(page, /live-1/).getAttribute('aria-label'))?.[1])
  const first = await count()
  appendFileSync(points, '..')
  await until(async () => (await count()) >= first + 2, 'the chart to grow')
}

step('who only looks finds a report, and sees all of it with panels that live', 'vera', async (page) => {
  await begin()
  await page.open('/red/digits')
  await page.getByRole('navigation', { name: 'Parts of the project' }).getByRole('link', { name: 'Reports' }).click()
  await page.title1('Reports')
  await page.getByText('Only members of the team write reports').waitFor()
  assert.equal(await page.getByRole('button', { name: 'Create report' }).count(), 0)
  await page.getByRole('link', { name: 'Weekly results' }).click()
  await page.title1('Weekly results')
  assert.ok(await page.getByRole('button', { name: 'Edit', exact: true }).isDisabled())
  for (const words of ['Quoted words', 'Called out', 'print("code")', 'Marked', 'far.example/y.png', 'video.example/1', 'its letters']) await page.getByText(words).first().waitFor()
  await page.getByRole('heading', { level: 2, name: 'What came out' }).waitFor()
  await page.getByText('Panels of the type “Code Comparer” are not drawn here').waitFor()
  await grows(page)
  for (const name of [/^Bar chart of acc/, /^Scatter plot of acc over lr/, /^Parallel coordinates/]) await page.getByRole('img', { name }).waitFor()
  await page.getByText('Reached').waitFor()
  await page.getByRole('group', { name: 'Runs side by side' }).getByText('adam').waitFor()
  assert.equal(await page.title(), 'Weekly results · Runstead', 'no script of a report runs')
})

step('at 320 pixels nothing is beside the screen', 'vera', async (page) => {
  await page.setViewportSize({ width: 320, height: 640 })
  await chart(page).waitFor()
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'the page is wider than the screen')
})

step('on paper all panels are drawn, those too that were never in sight', 'vera', async (page) => {
  await page.setViewportSize({ width: 1440, height: 900 })
  await page.reload()
  await page.evaluate(() => {
    window.print = () => (window.isPrinted = true)
  })
  await page.getByRole('button', { name: 'Print or PDF' }).click()
  await page.waitForFunction(() => window.isPrinted)
  const pdf = await page.pdf({ format: 'A4', tagged: true })
  const said = pdf.toString('latin1')
  for (const name of ['Bar chart of acc', 'Scatter plot of acc over lr', 'Parallel coordinates of lr, opt, acc']) assert.ok(said.includes(`/Alt (${name}`), `${name} is not in the PDF`)
  assert.equal(drawnPictures(said), 3, 'lines that are drawn')
  // The browser's own menu asks nobody: there is what is drawn some seconds after the page was opened.
  await page.reload()
  await page.waitForFunction(() => document.querySelectorAll('.chart canvas').length === 6)
  assert.equal(drawnPictures((await page.pdf({ format: 'A4', tagged: true })).toString('latin1')), 3, 'lines that are drawn without waiting')
})

step('a link is made by who wrote the report', 'boss', async (page) => {
  await page.open(`/red/digits/reports/x--${report.id}`)
  await page.waitForURL(/Weekly-results--/)
  await page.getByRole('button', { name: 'Share' }).click()
  await page.getByText('Everybody in red').waitFor()
  await page.getByRole('button', { name: 'Create link' }).click()
  link = await page.getByTestId('report-link').innerText()
  assert.match(link, /accessToken=/)
})

step('who has the link alone sees the report live, and has no way to anything else', 'nobody', async (page) => {
  await page.goto(link)
  await page.title1('Weekly results')
  await grows(page)
  const ways = await page.evaluate(() => [...document.querySelectorAll('a[href]')].filter((way) => way.checkVisibility()).map((way) => new URL(way.href)).filter((way) => way.origin === location.origin && way.hash === '').map((way) => way.pathname.split('/').at(-1)))
  assert.deepEqual([...new Set(ways)], ['login'])
  const said = await page.evaluate(async () => {
    const asked = await fetch(new URL('api/v1/projects/red/digits/reports', document.querySelector('script[type=module]').src.replace(/assets\/.*/, '')), { headers: { 'X-Requested-With': 'runstead' } })
    return asked.status
  })
  assert.ok(said === 401 || said === 404, `lists answer ${said}`)
  assert.equal(await page.evaluate(() => document.querySelector('meta[name=referrer]')?.content), 'no-referrer')
}, /40[14]/)

step('the team switches sharing off, and the link is dead', 'nobody', async (page) => {
  await world.ask('boss', 'PATCH', '/teams/red', { settings: { no_public_sharing: true } })
  await page.reload()
  await page.title1('This link opens no report')
  await page.getByRole('link', { name: 'Sign in' }).first().waitFor()
}, /404/)

step('why it cannot be shared is said', 'boss', async (page) => {
  await page.reload()
  await page.getByRole('button', { name: 'Share' }).click()
  await page.getByText('It cannot be shared by link').waitFor()
  assert.equal(await page.getByRole('button', { name: 'Create link' }).count(), 0)
})

const write = (page) => page.getByRole('textbox', { name: 'Text of the report' })

step('a member writes a report with the keyboard, and publishes it', 'cyn', async (page) => {
  await page.open('/red/digits/reports')
  await page.getByRole('button', { name: 'Create report' }).click()
  await page.getByLabel('Title').fill('By hand')
  await write(page).click()
  const type = async (...keys) => {
    for (const key of keys) await (key.length > 1 && /^(Enter|Control\+.|Alt\+.*)$/.test(key) ? page.keyboard.press(key) : page.keyboard.type(key))
  }
  await type('/heading 2', 'Enter')
  await type('Begun', 'Enter', 'Plain, ', 'Control+b', 'bold', 'Control+b', 'Enter', '/bul', 'Enter', 'first', 'Enter', 'second', 'Enter', 'Enter', '/panel', 'Enter')
  const dialog = page.getByRole('dialog', { name: 'New panel grid' })
  await dialog.getByLabel('loss', { exact: true }).check()
  await dialog.getByRole('button', { name: 'Put in 1 panel' }).click()
  await chart(page).waitFor()
  await type('Below', 'Alt+Shift+ArrowUp')
  await page.getByText('All changes are saved').waitFor()
  await page.getByRole('button', { name: 'Publish' }).click()
  await page.getByRole('button', { name: 'Edit', exact: true }).waitFor()
  await page.title1('By hand')
  const { items } = await world.ask('cyn', 'GET', '/projects/red/digits/reports?query=By%20hand')
  const { spec, kind } = await world.ask('cyn', 'GET', `/reports/${items[0].id}`)
  const { blocks } = JSON.parse(spec)
  assert.equal(kind, 'report')
  assert.deepEqual(blocks.map(({ type }) => type), ['heading', 'paragraph', 'list', 'paragraph', 'panel-grid', 'paragraph'])
  assert.deepEqual(blocks[1].children, [text('Plain, '), text('bold', { bold: true })])
  assert.deepEqual(blocks[2].children.map(({ children }) => children[0].text), ['first', 'second'])
  assert.equal(blocks[3].children[0].text, 'Below')
})

step('what an editor does not know stays, and two who write at once lose nothing', 'boss', async (page) => {
  await page.open(`/red/digits/reports/Weekly-results--${report.id}`)
  await page.getByRole('button', { name: 'Edit', exact: true }).click()
  await write(page).waitFor()
  const { items: [draft] } = await world.ask('boss', 'GET', '/projects/red/digits/reports?kind=draft')
  await write(page).getByText('Quoted words').click()
  await page.keyboard.press('End')
  await page.keyboard.type(' and mine')
  await page.getByText('All changes are saved').waitFor()
  const saved = await world.ask('boss', 'GET', `/reports/${draft.id}`)
  assert.deepEqual(JSON.parse(saved.spec).blocks, BLOCKS.map((block) => (block.type === 'block-quote' ? { ...block, children: [text('Quoted words and mine')] } : block)))

  const theirs = await page.evaluate(
    async ([path, version, spec]) => (await fetch(path, { method: 'PATCH', headers: { 'X-Requested-With': 'runstead', 'Content-Type': 'application/json', 'If-Match': `"v${version}"` }, body: JSON.stringify({ spec }) })).status,
    [`${new URL(world.server.url).pathname.replace(/\/$/, '')}/api/v1/reports/${draft.id}`, saved.version, saved.spec.replace('and mine', 'and theirs')],
  )
  assert.equal(theirs, 200)
  await page.keyboard.type(', again')
  const clash = page.getByRole('dialog', { name: 'This draft was saved elsewhere' })
  await clash.getByRole('button', { name: 'Go on with mine' }).click()
  await page.getByText('The other version is kept as the draft').waitFor()
  await page.getByText('All changes are saved').waitFor()
  const { items: drafts } = await world.ask('boss', 'GET', '/projects/red/digits/reports?kind=draft')
  const specs = await Promise.all(drafts.map(async ({ id }) => (await world.ask('boss', 'GET', `/reports/${id}`)).spec))
  assert.equal(specs.filter((spec) => spec.includes('Quoted words and mine, again')).length, 1)
  assert.equal(specs.filter((spec) => spec.includes('Quoted words and theirs')).length, 1)
  await page.getByRole('button', { name: 'Publish' }).click()
  await page.getByRole('button', { name: 'Edit', exact: true }).waitFor()
  await page.getByText('Quoted words and mine, again').waitFor()
}, /412/)

step('nobody leaves what could not be saved without being asked', 'cyn', async (page) => {
  await page.open('/red/digits/reports')
  await page.getByRole('link', { name: 'By hand' }).click()
  await page.getByRole('button', { name: 'Edit', exact: true }).click()
  const isSaving = (request) => request.method() === 'PATCH'
  await page.route('**/api/v1/reports/*', (route) => (isSaving(route.request()) ? route.fulfill({ status: 507, json: { code: 'STORAGE_FULL', message: 'the disk is full', request_id: 'none' } }) : route.continue()))
  await write(page).getByText('Begun').click()
  await page.keyboard.press('End')
  await page.keyboard.type(', late')
  const toRuns = () => page.getByRole('navigation', { name: 'Parts of the project' }).getByRole('link', { name: 'Runs' }).click()
  await toRuns()
  const question = page.getByRole('dialog', { name: 'What you wrote last is not saved' })
  await question.getByText('the disk is full').waitFor()
  await question.getByRole('button', { name: 'Stay' }).click()
  await write(page).getByText('Begun, late').waitFor()
  await page.unroute('**/api/v1/reports/*')
  await toRuns()
  await page.getByLabel('Find runs').waitFor()
  const { items: [draft] } = await world.ask('cyn', 'GET', '/projects/red/digits/reports?kind=draft')
  assert.match((await world.ask('cyn', 'GET', `/reports/${draft.id}`)).spec, /Begun, late/)
}, /507/)

step("a run's chart goes into a report with a click", 'cyn', async (page) => {
  await page.open('/red/digits/runs/live-1/charts')
  await page.getByRole('button', { name: 'Add acc to a report' }).click()
  await page.getByRole('dialog').getByLabel('Report').selectOption({ label: 'By hand' })
  await page.getByRole('dialog').getByRole('button', { name: 'Add', exact: true }).click()
  await page.getByRole('button', { name: 'Open' }).click()
  await write(page).waitFor()
  await chart(page, /^Line chart of acc/).waitFor()
  await page.getByRole('button', { name: 'Delete draft' }).click()
  await page.title1('Reports')
})

step('a report is deleted, and a click takes it back', 'cyn', async (page) => {
  await page.open('/red/digits/reports')
  await page.getByRole('button', { name: 'Delete By hand' }).click()
  await page.getByRole('link', { name: 'By hand' }).waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Undo' }).click()
  await page.getByRole('link', { name: 'By hand' }).waitFor()
})

step('the reports are on the page of the team', 'vera', async (page) => {
  await page.open('/red')
  await page.getByRole('region', { name: 'Reports' }).getByRole('link', { name: 'By hand' }).waitFor()
  await page.part('Recent activity').getByText('cyn published the report By hand in digits').waitFor()
})

step('an admin hands a report over', 'boss', async (page) => {
  await page.open('/red')
  await page.getByRole('region', { name: 'Reports' }).getByRole('link', { name: 'By hand' }).click()
  await page.getByText('by cyn').waitFor()
  await page.getByRole('button', { name: 'Hand over By hand' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('To').selectOption('boss')
  await dialog.getByRole('button', { name: 'Hand over' }).click()
  await page.getByText('by boss').waitFor()
})

/** How many canvases are pictures in a PDF, blank ones aside, which pack to next to nothing. */
const drawnPictures = (pdf) => [...pdf.matchAll(/\/Subtype \/Image[^>]*?\/SMask[\s\S]*?\/Length (\d+)/g)].filter(([, length]) => Number(length) > 1500).length
