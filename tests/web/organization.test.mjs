// The pages of an organization through the eyes of its admin, an administrator of the server, and a member.
import assert from 'node:assert/strict'
import { downloaded, inhabited } from './world.mjs'

const world = inhabited()
const { step } = world

const people = (page) => page.getByRole('region', { name: 'People of runstead' })

step('people are listed, sorted, filtered and taken along', 'orga', async (page) => {
  await page.open('/orgs/runstead')
  await people(page).getByRole('row', { name: /^boss boss boss@runs.example/ }).waitFor()
  await people(page).getByRole('row', { name: /boss.*Local red \(Admin\)/ }).waitFor()
  await page.getByLabel('Source').selectOption('directory')
  await page.getByRole('button', { name: 'Clear the filter' }).click()
  await page.getByRole('button', { name: 'Username' }).click()
  await page.waitForURL(/sort=-username/)
  await people(page).getByRole('row').nth(1).filter({ hasText: 'vera' }).waitFor()
  await page.getByLabel('Find people').fill('or')
  await people(page).getByRole('row', { name: /vera/ }).waitFor({ state: 'detached' })
  const { text } = await downloaded(page, () => page.getByRole('button', { name: /CSV/ }).click())
  assert.match(text, /^username,name,email,role,source,teams,joined_at,last_active,state\r\norga,orga,orga@runs.example,admin,local,,/)
  assert.equal(text.trim().split('\r\n').length, 2)
  await page.reload()
  assert.equal(await page.getByLabel('Find people').inputValue(), 'or')
  await page.getByLabel('Find people').fill('nobody at all')
  await page.getByRole('button', { name: 'Clear the filter' }).click()
  await people(page).getByRole('row', { name: /vera/ }).waitFor()
})

step('several people are asked into a team from here, each with a result', 'orga', async (page) => {
  const form = page.part('Invite people')
  assert.deepEqual(await form.getByLabel('Into the team').locator('option').allInnerTexts(), ['red'])
  await form.getByLabel('User names or e-mail addresses').fill('new@runs.example\ncolin, cyn')
  await form.getByRole('button', { name: 'Invite 3 people' }).click()
  const results = form.getByRole('listitem')
  await results.filter({ hasText: 'new@runs.example was asked' }).getByRole('button', { name: 'Copy link for new@runs.example' }).waitFor()
  await results.filter({ hasText: 'colin was asked' }).waitFor()
  await results.filter({ hasText: 'cyn' }).filter({ hasNotText: 'was asked' }).waitFor()
})

step('a role changes; accounts are for administrators of the server', 'orga', async (page) => {
  await page.getByLabel('Role of colin').selectOption('viewer')
  await page.part('People').getByLabel('Role', { exact: true }).selectOption('viewer')
  await people(page).getByRole('row', { name: /colin/ }).getByRole('button', { name: 'Manage colin' }).click()
  const dialog = page.getByRole('dialog')
  assert.ok(await dialog.getByRole('button', { name: 'Deactivate' }).isDisabled())
  assert.ok(await dialog.getByRole('button', { name: 'Delete…' }).isDisabled())
  await dialog.getByText('Only an administrator of the server deactivates and deletes accounts.').waitFor()
  assert.equal(await page.getByRole('button', { name: 'Create account' }).count(), 0)
  await dialog.getByRole('button', { name: 'Remove colin from runstead' }).click()
  await page.getByText(/Nothing matches/).waitFor()
})

step('seats say who counts and why the others do not', 'orga', async (page) => {
  await page.open('/orgs/runstead/seats')
  await page.getByRole('row', { name: /Admins and members 5 yes/ }).waitFor()
  await page.getByRole('row', { name: /Viewers 0 no They look/ }).waitFor()
  await page.part('Licence contacts').getByLabel('Username').fill('orga')
  await page.getByRole('button', { name: 'Name as licence contact' }).click()
  await page.getByRole('region', { name: 'Who hears of licence matters' }).getByRole('row', { name: /orga/ }).waitFor()
  await page.getByLabel('Invoice reference').fill('PO 4711')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('button', { name: 'Saved' }).waitFor()
  await page.getByRole('link', { name: 'Show: Admins and members' }).click()
  await people(page).getByRole('row', { name: /boss/ }).waitFor()
  assert.match(page.url(), /state=active/)
})

step('a team is created from the navigation, and inviting is next', 'orga', async (page) => {
  await page.getByRole('button', { name: /account of orga/ }).click()
  await page.getByRole('button', { name: 'Invite team' }).click()
  await page.getByLabel('Name of a new team').fill('red')
  await page.getByRole('button', { name: 'Create team' }).click()
  await page.getByText('the name red is taken').waitFor()
  await page.getByLabel('Name of a new team').fill('blue')
  await page.getByRole('button', { name: 'Create team' }).click()
  await page.title1('blue')
  await page.getByLabel('User names or e-mail addresses').waitFor()
}, /409/)

step('a service account of the organization works for a team', 'orga', async (page) => {
  await page.open('/orgs/runstead/service-accounts')
  await page.getByLabel('Name', { exact: true }).fill('sweeper')
  await page.getByLabel('Default team').selectOption('blue')
  await page.getByRole('button', { name: 'Create service account' }).click()
  await page.getByText('The API key of sweeper is shown this once.').waitFor()
})

step('the name changes, and only an administrator of the server may delete it', 'orga', async (page) => {
  await page.open('/orgs/runstead/general')
  await page.getByLabel('Display name').fill('The Lab')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.title1('The Lab')
  assert.equal(await page.getByRole('button', { name: 'Delete organization' }).count(), 0)
})

step('an administrator of the server makes, locks out, lets in and deletes accounts', 'ada', async (page) => {
  await page.open('/orgs/runstead/people')
  await page.getByRole('button', { name: 'Create account' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Username').fill('nia')
  await dialog.getByRole('button', { name: 'Create account' }).click()
  await dialog.getByRole('button', { name: 'Copy link for nia' }).waitFor()
  await dialog.getByRole('button', { name: 'Done' }).click()
  const nia = people(page).getByRole('row', { name: /^nia/ })
  for (const [act, state] of [['Deactivate', /deactivated/], ['Reactivate', /active/]]) {
    await nia.getByRole('button', { name: 'Manage nia' }).click()
    await dialog.getByRole('button', { name: act }).click()
    await nia.filter({ hasText: state }).waitFor()
  }
  await nia.getByRole('button', { name: 'Manage nia' }).click()
  await dialog.getByRole('button', { name: 'Delete…' }).click()
  await dialog.getByText('Runs, files, artifacts and reports').waitFor()
  await dialog.getByLabel('Type nia to go on').fill('nia')
  await dialog.getByRole('button', { name: 'Delete account' }).click()
  await nia.waitFor({ state: 'detached' })
})

step('what cannot be is refused in words', 'ada', async (page) => {
  await page.getByLabel('Role of ada').selectOption('member')
  await page.getByLabel('Role of orga').selectOption('member')
  await page.getByRole('alert').getByText(/last admin|only an admin/).waitFor()
}, /409|403/)

step('a member looks, and learns who can', 'vera', async (page) => {
  await page.open('/orgs/runstead/people')
  await people(page).getByRole('row', { name: /boss/ }).waitFor()
  assert.equal(await page.getByRole('button', { name: /^Manage/ }).count(), 0)
  assert.equal(await page.getByText('boss@runs.example').count(), 0, 'addresses are for admins')
  await page.open('/orgs/runstead/teams')
  await page.getByText(/Teams are created by an admin of the organization/).waitFor()
  assert.equal(await page.getByRole('button', { name: 'Create team' }).count(), 0)
  await page.open('/orgs/runstead/privacy')
  assert.ok(await page.getByLabel('Lock: Hide this team').isDisabled())
  await page.getByRole('button', { name: /account of vera/ }).click()
  await page.getByRole('button', { name: /Invite team ask/ }).waitFor()
})

step('a stranger is told nothing', 'stan', async (page) => {
  await page.open('/orgs/runstead')
  await page.title1(/not found/)
}, /404/)
