// Comments beside a report: written about words, panels and the whole, by who may read it and not by who has a link; who is told, and how.
import assert from 'node:assert/strict'
import { until } from './server.mjs'
import { inhabited } from './world.mjs'

const world = inhabited()
const { step } = world

const line = (text) => ({ type: 'paragraph', children: [{ text }] })
const QUOTE = '0.92 accuracy on the digits'
const GRID = {
  type: 'panel-grid',
  children: [{ text: '' }],
  metadata: {
    runSets: [{ id: 'set', name: 'Runs', enabled: true, project: { entityName: 'red', name: 'digits' }, search: { query: '' }, filters: { filterFormat: 'filterV2', filters: [] }, grouping: [], sort: { keys: [] }, selections: { root: 1, bounds: [], tree: [] } }],
    panelBankSectionConfig: { panels: [{ __id__: 'curve', viewType: 'Run History Line Plot', config: { metrics: ['loss'] }, layout: { x: 0, y: 0, w: 24, h: 6 } }] },
  },
}
const BLOCKS = [{ type: 'heading', level: 1, children: [{ text: 'Outcome' }] }, line('We began with 0.92 accuracy on the letters.'), line(`Then it reached ${QUOTE}, as we hoped.`), GRID, ...Array.from({ length: 30 }, (_, index) => line(`Filling ${index}`)), line('At the end stands what is left to do.')]
const spec = (blocks) => JSON.stringify({ version: 5, panelSettings: {}, blocks, width: 'readable', authors: [], discussionThreads: [] })

let report, address
const threads = async (who = 'boss') => (await world.ask(who, 'GET', `/reports/${report.id}/threads`)).items
const comments = (page) => page.part('Comments')
const thread = (page, words) => comments(page).getByRole('listitem').filter({ hasText: words })

/** Selects words of the report as a mouse does. */
const select = (page, words) =>
  page.evaluate((sought) => {
    const walker = document.createTreeWalker(document.querySelector('.report-body'), NodeFilter.SHOW_TEXT)
    while (walker.nextNode()) {
      const at = walker.currentNode.data.indexOf(sought)
      if (at >= 0) return getSelection().setBaseAndExtent(walker.currentNode, at, walker.currentNode, at + sought.length)
    }
    throw new Error(`the report has no “${sought}”`)
  }, words)
/** The words that are coloured since somebody wrote about them. */
const coloured = (page) => page.evaluate(() => ['commented', 'commented-pointed'].flatMap((name) => [...(CSS.highlights.get(name) ?? [])].map(String)).sort())
/** Whether a thread stands beside its words. */
const isBeside = (page, card, words) =>
  until(async () => {
    const [left, right] = [await page.getByText(words).first().boundingBox(), await card.boundingBox()]
    return left && right && right.x > left.x + left.width && Math.abs(right.y - left.y) < 30
  }, `the thread to stand beside “${words}”`)

step('a member comments on words, and names who is to answer', 'cyn', async (page) => {
  report = await world.ask('boss', 'POST', '/projects/red/digits/reports', { display_name: 'Talked about', description: '', kind: 'report', spec: spec(BLOCKS) })
  address = `/red/digits/reports/Talked-about--${report.id}`
  await page.open(address)
  await comments(page).getByText('Nobody has commented yet').waitFor()
  await select(page, QUOTE)
  await page.locator('.selection-button').click()
  await page.getByRole('textbox', { name: 'Comment' }).fill('Was it with **seed 1**? ')
  await page.keyboard.type('@ver')
  await page.getByRole('option', { name: /vera/ }).waitFor()
  await page.keyboard.press('Enter')
  await page.keyboard.press('Control+Enter')
  const card = thread(page, 'Was it with')
  await card.getByText('seed 1', { exact: true }).waitFor()
  assert.deepEqual(await card.locator('.mention').allInnerTexts(), ['@vera'])
  const [made] = await threads()
  assert.equal(made.comments[0].body, 'Was it with **seed 1**? @vera')
  assert.deepEqual(made.anchor, { quote: QUOTE, block: 2, prefix: 'Outcome\nWe began with 0.92 accuracy on the letters.\nThen it reached '.slice(-64), suffix: made.anchor.suffix })
  assert.match(made.anchor.suffix, /^, as we hoped\./)
  assert.deepEqual(await coloured(page), [QUOTE])
  await isBeside(page, card, QUOTE)
})

step('and on a panel, and on the report', 'cyn', async (page) => {
  await page.locator('[data-panel=curve]').hover()
  await page.getByRole('button', { name: 'Comment on this panel' }).click()
  await page.getByRole('textbox', { name: 'Comment' }).fill('This curve is flat')
  await comments(page).getByRole('form', { name: 'Comment' }).getByRole('button', { name: 'Comment' }).click()
  await thread(page, 'This curve is flat').getByRole('button', { name: /Panel loss/ }).waitFor()
  await page.getByRole('button', { name: '1 thread about this panel' }).waitFor()
  await comments(page).getByRole('button', { name: 'Comment', exact: true }).click()
  await page.getByRole('textbox', { name: 'Comment' }).fill('Well written')
  await page.keyboard.press('Control+Enter')
  await thread(page, 'Well written').getByText('About the report').waitFor()
  assert.deepEqual((await threads()).map(({ anchor }) => anchor?.panel ?? anchor?.quote ?? null), [QUOTE, 'curve', null])
})

step('who only looks is told, and the bell leads to the thread', 'vera', async (page) => {
  await page.open('/')
  await page.getByRole('link', { name: 'Notifications, 1 unread' }).click()
  await page.title1('Notifications')
  const told = page.getByRole('listitem').filter({ hasText: 'named you in' })
  await told.getByText('Was it with **seed 1**').waitFor()
  await told.getByRole('link', { name: 'Talked about' }).click()
  await page.title1('Talked about')
  assert.match(page.url(), /#thread-\d+$/)
  await page.waitForFunction(() => document.activeElement?.id === location.hash.slice(1))
  await page.getByRole('link', { name: 'Notifications', exact: true }).waitFor()
})

step('who only looks answers, changes what they said, and resolves nothing of others', 'vera', async (page) => {
  const card = thread(page, 'Was it with')
  assert.equal(await card.getByRole('button', { name: 'Resolve' }).count(), 0)
  assert.equal(await card.getByRole('button', { name: 'Edit your comment' }).count(), 0)
  await card.getByRole('button', { name: 'Reply' }).click()
  await page.getByRole('textbox', { name: 'Reply' }).fill('With seed 2')
  await card.getByRole('form', { name: 'Reply' }).getByRole('button', { name: 'Reply' }).click()
  const answer = card.getByRole('article', { name: 'Comment by vera' })
  await answer.getByRole('button', { name: 'Edit your comment' }).click()
  await page.getByRole('textbox', { name: 'Your comment' }).fill('With seed 3')
  await answer.getByRole('button', { name: 'Save' }).click()
  await answer.getByText('With seed 3').waitFor()
  await answer.getByText('edited').waitFor()

  await comments(page).getByRole('button', { name: 'Comment', exact: true }).click()
  await page.getByRole('textbox', { name: 'Comment' }).fill('My own question')
  await page.keyboard.press('Control+Enter')
  await thread(page, 'My own question').getByRole('button', { name: 'Resolve' }).click()
  await thread(page, 'My own question').getByText('Resolved by vera').waitFor()
  await comments(page).getByRole('combobox', { name: 'Comments that are shown' }).selectOption({ label: 'Resolved (1)' })
  await thread(page, 'My own question').getByRole('button', { name: 'Reopen' }).waitFor()
})

step('a report is starred and followed, and found again at home', 'vera', async (page) => {
  await page.getByRole('button', { name: 'Star 0 in all' }).click()
  await page.getByRole('button', { name: 'Starred 1 in all' }).waitFor()
  // Who comments follows.
  await page.getByRole('button', { name: 'Following' }).click()
  await page.getByRole('button', { name: 'Follow', exact: true }).click()
  await page.getByRole('button', { name: 'Following' }).waitFor()
  await until(async () => (await world.ask('vera', 'GET', `/reports/${report.id}/attention`)).following, 'the report to be followed')
  await page.open('/')
  await page.part('Starred reports').getByRole('link', { name: 'Talked about' }).waitFor()
})

step('who asked is told of the answer, and takes the question back', 'cyn', async (page) => {
  await page.open('/notifications?show=unread')
  await page.getByRole('listitem').filter({ hasText: 'With seed' }).waitFor()
  await page.getByRole('button', { name: 'Mark all as read' }).click()
  await page.getByText('Nothing that you have not read').waitFor()
  await page.open(address)
  const card = thread(page, 'With seed 3')
  await card.getByRole('button', { name: 'Delete the comment by cyn' }).click()
  await page.getByRole('dialog', { name: 'Delete this comment?' }).getByRole('button', { name: 'Delete comment' }).click()
  await card.getByText('This comment was deleted').waitFor()
  await card.getByText('With seed 3').waitFor()
})

step('the text is changed: threads stay at their words, or say that these are gone', 'boss', async (page) => {
  await world.ask('cyn', 'POST', `/reports/${report.id}/threads`, { body: 'And who does it?', anchor: { quote: 'what is left to do', block: 34, prefix: 'At the end stands ', suffix: '.' } })
  const blocks = [line('New words before all others.'), ...BLOCKS.filter((block) => !JSON.stringify(block).includes('At the end'))]
  const found = await world.ask('boss', 'GET', `/reports/${report.id}`)
  await page.open(address)
  await thread(page, 'And who does it?').getByRole('button', { name: /what is left to do/ }).waitFor()
  await world.send('PATCH', `/api/v1/reports/${report.id}`, { spec: spec(blocks) }, { Cookie: world.cookies.boss, 'If-Match': `"v${found.version}"` })
  await page.reload()
  await thread(page, 'And who does it?').getByText('No longer in the text').waitFor()
  assert.deepEqual(await coloured(page), [QUOTE])
  await isBeside(page, thread(page, 'With seed 3'), QUOTE)
  // An admin resolves what others began.
  await thread(page, 'And who does it?').getByRole('button', { name: 'Resolve' }).click()
  await thread(page, 'And who does it?').getByText('Resolved by boss').waitFor()
})

step('words lead to what is said about them, and back', 'boss', async (page) => {
  await page.reload()
  const mark = page.getByRole('button', { name: /^Thread by .* about “0\.92 accuracy/ })
  await mark.focus()
  await page.keyboard.press('Enter')
  await page.waitForFunction(() => document.activeElement?.matches('.thread[data-active]'))
  await page.evaluate(() => scrollTo(0, document.body.scrollHeight))
  await page.waitForFunction(() => scrollY > 0)
  await thread(page, 'With seed 3').getByRole('button', { name: new RegExp(QUOTE) }).dispatchEvent('click')
  await until(() => page.getByText(QUOTE).first().evaluate((element) => element.getBoundingClientRect().top > 0), 'the words to be in sight')
})

step('who has a link alone sees nothing of all that', 'nobody', async (page) => {
  const { url } = await world.ask('boss', 'POST', `/reports/${report.id}/links`, {})
  const asked = []
  page.on('request', (request) => asked.push(new URL(request.url()).pathname))
  await page.goto(url)
  await page.title1('Talked about')
  await page.getByText(QUOTE).waitFor()
  await select(page, QUOTE)
  await page.waitForLoadState('networkidle')
  assert.equal(await comments(page).count(), 0)
  assert.equal(await page.getByRole('button', { name: /Star|Follow|omment/ }).count(), 0)
  assert.equal(await page.getByRole('link', { name: /Notifications/ }).count(), 0)
  assert.deepEqual(asked.filter((path) => /threads|attention|notifications|people/.test(path)), [])
})

step('at 320 pixels threads are below the report, and nothing is beside the screen', 'vera', async (page) => {
  await page.setViewportSize({ width: 320, height: 640 })
  await page.open(address)
  await thread(page, 'With seed 3').waitFor()
  const [text, card] = [await page.locator('.report-body').boundingBox(), await thread(page, 'With seed 3').boundingBox()]
  assert.ok(card.y > text.y + text.height, 'the thread is not below the report')
  await select(page, 'accuracy on the letters')
  await page.locator('.selection-button').click()
  await page.getByRole('textbox', { name: 'Comment' }).fill('From a telephone')
  assert.ok(await page.getByText('We began with').evaluate((element) => element.getBoundingClientRect().top < innerHeight), 'the words went out of sight')
  await page.keyboard.press('Control+Enter')
  await thread(page, 'From a telephone').waitFor()
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'the page is wider than the screen')
  await page.evaluate(() => scrollTo(0, 0))
})

step('settings say why nothing comes by mail', 'vera', async (page) => {
  await page.open('/settings/notifications')
  await page.part('Notifications').getByText(/No mail reaches you: .*mail server/).waitFor()
  assert.ok(await page.getByRole('checkbox', { name: 'Somebody names me' }).isDisabled())
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'the page is wider than the screen')
})
