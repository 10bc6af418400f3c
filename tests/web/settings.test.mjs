// What people decide about themselves, why they may do things, and what the audit log says of it.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { after } from 'node:test'
import { downloaded, inhabited, PASSWORD } from './world.mjs'

const world = inhabited()
const { step } = world

step('the name changes, and the default location is where one may log', 'cyn', async (page) => {
  await page.open('/settings')
  await page.getByLabel('Name', { exact: true }).fill('Cynthia')
  await page.getByRole('button', { name: 'Save profile' }).click()
  await page.getByRole('button', { name: 'Saved' }).waitFor()
  const places = page.getByLabel('Default location to create new projects in')
  assert.deepEqual((await places.locator('option').allInnerTexts()).sort(), ['cyn (personal)', 'red (Member)'])
  await places.selectOption('cyn')
  await page.getByText(/^Saved\. /).waitFor()
  assert.equal((await world.ask('cyn', 'GET', '/users/cyn')).default_entity, 'cyn')
})

step('a key is made with an expiry, shown once and revoked', 'cyn', async (page) => {
  await page.open('/settings/keys')
  await page.getByLabel('Name of a new key').fill('laptop')
  await page.getByLabel('Expires').selectOption('7')
  await page.getByRole('button', { name: 'Create key' }).click()
  await page.getByText('The key laptop is shown this once.').waitFor()
  await page.reload()
  assert.equal(await page.getByText('is shown this once').count(), 0)
  await page.getByRole('button', { name: 'Revoke laptop' }).click()
  await page.getByRole('button', { name: 'Revoke for good' }).click()
  await page.getByText('There is no key yet.').waitFor()
})

step('the theme follows what is chosen, and stays', 'cyn', async (page) => {
  await page.open('/settings/appearance')
  await page.getByLabel('Theme', { exact: true }).selectOption('dark')
  await page.getByLabel('Rows of tables').selectOption('compact')
  await page.reload()
  await page.getByLabel('Theme', { exact: true }).waitFor()
  const look = await page.evaluate(() => ({ ...document.documentElement.dataset }))
  assert.deepEqual([look.theme, look.density], ['dark', 'compact'])
})

step('it is explained why one may not', 'cyn', async (page) => {
  await page.open('/settings/permissions?action=delete&target=run/red/digits/boss-1')
  await page.getByText('cyn may not stop or delete').waitFor()
  await page.getByText('members stop and delete only what they made').waitFor()
  await page.getByLabel('with this?').fill('run/red/digits/cyn-1')
  await page.getByRole('button', { name: 'Explain' }).click()
  await page.getByText('cyn may stop or delete').waitFor()
  await page.getByText('their seat in the team').waitFor()
  assert.match(page.url(), /cyn-1/)
})

step('a team’s admin asks about others', 'boss', async (page) => {
  await page.open('/settings/permissions?user=vera&action=write&target=team/red')
  await page.getByText('vera may not log to or change').waitFor()
  await page.getByText('who has view-only looks and changes nothing').waitFor()
})

step('other browsers are signed out from here', 'cyn', async (page) => {
  await page.open('/settings/security')
  const sessions = page.getByRole('region', { name: 'Browsers you are signed in with' })
  await sessions.getByRole('row', { name: /this browser/ }).waitFor()
  await fetch(`${world.server.url}/api/v1/session`, {
    method: 'POST',
    headers: { 'X-Requested-With': 'runstead', 'Content-Type': 'application/json', 'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0' },
    body: JSON.stringify({ username: 'cyn', password: PASSWORD }),
  })
  await page.reload()
  await sessions.getByRole('row', { name: /Firefox on Linux/ }).getByRole('button', { name: 'Sign out Firefox on Linux' }).click()
  await sessions.getByRole('row', { name: /Firefox/ }).waitFor({ state: 'detached' })
})

step('a wrong current password is refused, a right one signs out everywhere', 'cyn', async (page) => {
  await page.open('/settings/security')
  await page.getByLabel('Current password').fill('not the password')
  await page.getByLabel('New password').fill('a longer password')
  await page.getByRole('button', { name: 'Change password' }).click()
  await page.getByRole('alert').waitFor()
  await page.getByLabel('Current password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Change password' }).click()
  await page.title1(/^Sign in to/)
}, /40[0-9]/)

step('the audit log of a team is for its admin: filtered, in detail, as lines of JSON', 'boss', async (page) => {
  await page.open('/teams/red')
  await page.getByRole('link', { name: 'Audit log' }).click()
  const records = page.getByRole('region', { name: 'What was done, newest first' })
  await records.getByRole('row', { name: /run.create|project.create/ }).first().waitFor()
  await page.getByLabel('Action').fill('team.add_member')
  await page.getByRole('button', { name: 'Filter' }).click()
  await records.getByRole('row', { name: /project.create/ }).first().waitFor({ state: 'detached' })
  await records.getByRole('button', { name: /Details of team.add_member red/ }).first().click()
  await records.getByText('view-only').first().waitFor()
  assert.match(page.url(), /action=team.add_member/)
  const { name, text } = await downloaded(page, () => page.getByRole('link', { name: 'JSON lines' }).click())
  assert.equal(name, 'audit-of-red.jsonl')
  const lines = text.trim().split('\n').map((line) => JSON.parse(line))
  assert.ok(lines.length >= 2 && lines.every((line) => line.action === 'team.add_member' && line.entity === 'red'))
  await page.getByLabel('Who').fill('vera')
  await page.getByRole('button', { name: 'Filter' }).click()
  await page.getByText('Nothing matches').waitFor()
  await page.part('Records').getByRole('button', { name: 'Clear', exact: true }).click()
  await records.waitFor()
})

step('the audit log of the server is for its administrators', 'ada', async (page) => {
  await page.open('/')
  await page.getByRole('button', { name: /account of ada/ }).click()
  await page.getByRole('button', { name: 'Audit log' }).click()
  await page.title1('Audit log')
  await page.getByLabel('Kind of object').fill('account')
  await page.getByLabel('From').fill('2020-01-01')
  await page.getByRole('button', { name: 'Filter' }).click()
  await page.getByRole('row', { name: /account.create cyn/ }).first().waitFor()
})

step('and nobody else’s', 'vera', async (page) => {
  await page.open('/admin/audit')
  await page.title1('Your account may not do this')
  await page.open('/teams/red/audit')
  await page.title1('Your account may not do this')
}, /403/)

// Takes what alerts post.
const posted = []
const chat = createServer((request, response) => {
  let body = ''
  request.on('data', (part) => (body += part))
  request.on('end', () => {
    posted.push(JSON.parse(body))
    response.end('thank you')
    chat.emit('posted')
  })
}).listen(0, '127.0.0.1')
after(() => chat.close())

step('a webhook of the team is made and tried out', 'boss', async (page) => {
  await page.open('/teams/red')
  const webhooks = page.part('Webhooks')
  await webhooks.getByRole('button', { name: 'New webhook' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name').fill('chat')
  await dialog.getByLabel('Address').fill('https://hooks.example.org/x')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await dialog.getByText('alerts.webhook_hosts').waitFor()
  await dialog.getByLabel('Address').fill(`http://127.0.0.1:${chat.address().port}/hook`)
  await dialog.getByLabel('Secret that signs what is posted').fill('a secret of ours')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await webhooks.getByRole('row', { name: /chat .* yes/ }).waitFor()
  await webhooks.getByRole('button', { name: 'Send a test to chat' }).click()
  await webhooks.getByText('It answered: 200 OK thank you').waitFor()
  assert.equal(posted.pop().event, 'test')
}, /400/)

step('an alert fires once for a run, says whom it told, and is armed again', 'boss', async (page) => {
  await page.open('/red/digits/settings')
  const [alerts, told] = [page.part('Alerts'), page.part('What alerts told')]
  await told.getByText('No alert has fired yet.').waitFor()
  await alerts.getByRole('button', { name: 'New alert' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name').fill('loss rises')
  await dialog.getByLabel('Metric').fill('loss')
  await dialog.getByLabel('Compared with').selectOption('value')
  await dialog.getByLabel('Baseline', { exact: true }).fill('0.5')
  await dialog.getByLabel('E-mail to').fill('vera')
  await dialog.getByLabel('Webhook').selectOption('chat')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await alerts.getByText('the last value of loss is more than 5 % worse than 0.5 (lower is better)').waitFor()
  await alerts.getByText('this server sends no mail').waitFor()
  const body = JSON.stringify({ files: { 'wandb-history.jsonl': { offset: 0, content: ['{"_step":0,"loss":0.9}'] } } })
  const headers = { 'X-Requested-With': 'runstead', 'Content-Type': 'application/json', Cookie: world.cookies.boss }
  const arrival = once(chat, 'posted')
  assert.ok((await fetch(`${world.server.url}/files/red/digits/boss-1/file_stream`, { method: 'POST', headers, body })).ok)
  await arrival
  assert.deepEqual([posted[0].run.name, posted[0].facts.value], ['boss-1', 0.9])
  await page.open('/red/digits/runs/boss-1/overview')
  await page.getByText('loss rises: boss-1').waitFor()
  await page.open('/red/digits/settings')
  await told.getByText('webhook · sent').waitFor()
  await told.getByText('by e-mail · given up').waitFor()
  await told.getByRole('button', { name: 'Arm loss rises again for boss-1' }).click()
  await told.getByRole('button', { name: /^Arm/ }).waitFor({ state: 'detached' })
  await alerts.getByRole('button', { name: 'Pause loss rises' }).click()
  await alerts.getByRole('button', { name: 'Resume loss rises' }).waitFor()
  await alerts.getByRole('button', { name: 'Edit loss rises' }).click()
  await dialog.getByLabel('It fires when').selectOption('state')
  await dialog.getByLabel('killed').check()
  await dialog.getByRole('button', { name: 'Save' }).click()
  await alerts.getByText('a run ends as failed or crashed or killed').waitFor()
  await alerts.getByRole('button', { name: 'Delete loss rises' }).click()
  await page.getByRole('button', { name: 'Undo' }).click()
  await alerts.getByRole('button', { name: 'Pause loss rises' }).waitFor()
})

step('who only looks sees alerts, and not whom they write to', 'vera', async (page) => {
  await page.open('/red/digits/settings')
  const alerts = page.part('Alerts')
  await alerts.getByText('Members of the team make alerts.').waitFor()
  await alerts.getByRole('row', { name: /loss rises/ }).waitFor()
  assert.equal(await alerts.getByRole('button').count(), 0)
})

step('whose the alert is stands with it, and an admin hands it over', 'boss', async (page) => {
  await page.open('/red/digits/settings')
  const alert = page.part('Alerts').getByRole('row', { name: /loss rises/ })
  await alert.getByText('by boss').waitFor()
  await alert.getByRole('button', { name: 'Hand over loss rises' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('To').selectOption('cyn')
  await dialog.getByRole('button', { name: 'Hand over' }).click()
  await alert.getByText('by cyn').waitFor()
})
