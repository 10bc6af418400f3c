// The pages of a team through the eyes of its admin, a member, somebody who only looks, and colleagues.
import assert from 'node:assert/strict'
import { downloaded, inhabited } from './world.mjs'

const world = inhabited()
const { step } = world
let link

/** One red point. */
const PICTURE = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==', 'base64')

step('the team page has its projects, what it is for and the way to its settings', 'boss', async (page) => {
  await page.open('/red')
  await page.title1('red')
  await page.getByRole('complementary', { name: 'About' }).getByText('Admin', { exact: true }).waitFor()
  await page.getByRole('region', { name: 'Projects of red' }).getByRole('link', { name: 'digits' }).waitFor()
  await page.part('Recent activity').getByRole('listitem').filter({ hasText: 'cyn began the run cyn-2 in digits' }).waitFor()
  await page.part('Recent activity').getByRole('listitem').filter({ hasText: 'vera joined' }).waitFor()
})

step('a picture is chosen, seen by the team, refused if it is none, and removed', 'boss', async (page) => {
  await page.open('/teams/red')
  const choose = async (name, mimeType, buffer) => {
    const chooser = page.waitForEvent('filechooser')
    await page.getByRole('button', { name: 'Choose picture…' }).click()
    await (await chooser).setFiles({ name, mimeType, buffer })
  }
  const shown = page.locator('.page-head img.picture')
  await choose('red.svg', 'image/svg+xml', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'))
  await page.getByRole('alert').filter({ hasText: 'SVG is not taken' }).waitFor()
  assert.equal(await shown.count(), 0)
  await choose('red.png', 'image/png', PICTURE)
  await shown.waitFor()
  assert.match(await shown.getAttribute('src'), /^\/api\/v1\/teams\/red\/avatar\?v=/)
  assert.equal(await shown.evaluate((image) => image.decode().then(() => image.naturalWidth)), 192)
  await page.open('/red')
  await shown.waitFor()
  await page.open('/teams/red')
  await page.getByRole('button', { name: 'Remove picture' }).click()
  await shown.waitFor({ state: 'detached' })
}, /status 400|status of 400/)

step('name, text and privacy are changed, and the change is there after a reload', 'boss', async (page) => {
  await page.open('/red/settings')
  await page.waitForURL('**/teams/red')
  await page.getByLabel('Display name').fill('Red team')
  await page.getByLabel('What the team is for').fill('Reads digits.')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.title1('Red team')
  await page.getByLabel('Save code by default').click()
  await page.getByRole('checkbox', { name: 'Save code by default', checked: false }).and(page.locator(':enabled')).waitFor()
  await page.reload()
  await page.title1('Red team')
  assert.equal(await page.getByLabel('Save code by default').isChecked(), false)
})

step('all projects are in one table, to filter, sort and take along', 'boss', async (page) => {
  const projects = page.part('Privacy of projects')
  await projects.getByRole('row', { name: /secret.*boss.*1/ }).waitFor()
  const { name, text } = await downloaded(page, () => projects.getByRole('button', { name: /CSV/ }).click())
  assert.equal(name, 'privacy-of-red.csv')
  assert.deepEqual(text.trim().split('\r\n'), ['project,visibility,owner,restricted_members,public_links,runs', 'digits,team,boss,0,0,3', 'secret,restricted,boss,1,0,0'])
  await projects.getByLabel('Find projects').fill('dig')
  await projects.getByRole('row', { name: /secret/ }).waitFor({ state: 'detached' })
  assert.match(page.url(), /project=dig/)
  await page.reload()
  assert.equal(await projects.getByLabel('Find projects').inputValue(), 'dig')
  await projects.getByLabel('Find projects').fill('nothing like it')
  await projects.getByRole('button', { name: 'Clear the filter' }).click()
  await projects.getByLabel('Visibility of digits').selectOption('public')
  await projects.getByRole('row', { name: /secret/ }).waitFor()
})

step('several people are asked at once, with a result and a link for each', 'boss', async (page) => {
  await page.open('/teams/red/members')
  await page.getByLabel('User names or e-mail addresses').fill('colin, new@runs.example\nno!body cyn')
  await page.getByRole('button', { name: 'Invite 4 people' }).click()
  const results = page.getByRole('listitem')
  await results.filter({ hasText: 'colin was asked' }).getByRole('button', { name: 'Copy link for colin' }).click()
  await results.getByRole('button', { name: 'Copied link for colin' }).waitFor()
  link = await page.evaluate(() => navigator.clipboard.readText())
  assert.match(link, /\/invitation\?token=/)
  await results.filter({ hasText: 'new@runs.example was asked' }).waitFor()
  for (const refused of ['no!body', 'cyn']) await results.filter({ hasText: refused }).filter({ hasNotText: 'was asked' }).waitFor()
  await page.getByRole('row', { name: /new@runs.example Member pending/ }).getByRole('button', { name: 'Resend' }).click()
  await page.getByRole('button', { name: 'Copy new link for new@runs.example' }).waitFor()
  await page.getByRole('button', { name: 'Withdraw the invitation of new@runs.example' }).click()
  await page.getByRole('row', { name: /new@runs.example/ }).waitFor({ state: 'detached' })
  await page.getByLabel('Invitations shown').selectOption('withdrawn')
  await page.getByRole('row', { name: /new@runs.example Member withdrawn/ }).waitFor()
})

step('the link leads in, once', 'colin', async (page) => {
  await page.goto(link)
  await page.title1('Join red')
  await page.getByRole('button', { name: /Join/ }).click()
  await page.waitForURL('**/red')
  await page.open('/red/members')
  await page.getByRole('row', { name: /colin Member|colin.*Member/ }).waitFor()
})

step('a role changes at once; who goes is told what stays and what stops; the last admin stays', 'boss', async (page) => {
  await page.open('/teams/red/members')
  await page.getByLabel('Role of colin').selectOption('view-only')
  await page.getByRole('button', { name: 'Remove cyn' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('2 runs with files and artifacts').waitFor()
  await dialog.getByText('2 runs that are being logged now').waitFor()
  await dialog.getByRole('button', { name: 'Stay as it is' }).click()
  await page.getByRole('button', { name: 'Remove colin' }).click()
  await dialog.getByRole('button', { name: 'Remove member' }).click()
  await page.getByRole('row', { name: /colin/ }).waitFor({ state: 'detached' })
  const leave = page.getByRole('button', { name: 'Leave red' })
  assert.ok(await leave.isDisabled())
  assert.match(await leave.getAttribute('title'), /last admin/)
})

step('who would lose the use of their keys by a role is named before', 'boss', async (page) => {
  await world.ask('cyn', 'POST', '/keys', { name: 'laptop' })
  await page.open('/teams/red/members')
  const role = page.getByLabel('Role of cyn')
  const dialog = page.getByRole('dialog', { name: 'Make cyn View-Only?' })
  await role.selectOption('view-only')
  await dialog.getByText(/1 key is refused from then on, and with it what 2 runs being logged now send/).waitFor()
  await dialog.getByRole('button', { name: 'Keep the role' }).click()
  assert.equal(await role.inputValue(), 'member')
  await role.selectOption('view-only')
  await dialog.getByRole('button', { name: 'Make View-Only' }).click()
  await page.getByRole('combobox', { name: 'Role of cyn' }).and(page.locator(':enabled')).waitFor()
  assert.equal((await world.ask('boss', 'GET', '/teams/red/members/cyn')).role, 'view-only')
  await role.selectOption('member')
  await page.waitForFunction(async () => (await (await fetch('/api/v1/teams/red/members/cyn')).json()).role === 'member')
})

step('by keyboard alone somebody is removed and what they own handed over', 'boss', async (page) => {
  await world.ask('boss', 'PUT', '/teams/red/members/colin', { role: 'member' })
  await world.log('colin', 'red', 'theirs', 'colin-1')
  await page.open('/teams/red/members')
  const remove = page.getByRole('button', { name: 'Remove colin' })
  await remove.waitFor()
  await press(page, 'Tab', remove)
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('dialog')
  const heir = dialog.getByLabel('New owner of 1 project')
  await heir.waitFor()
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  assert.ok(await isFocused(remove), 'who changes their mind is where they were')
  await page.keyboard.press('Enter')
  await heir.waitFor()
  await press(page, 'Shift+Tab', heir)
  await page.keyboard.type('boss')
  await press(page, 'Tab', dialog.getByRole('button', { name: 'Remove member' }))
  await page.keyboard.press('Enter')
  await page.getByRole('row', { name: /colin/ }).waitFor({ state: 'detached' })
  await page.open('/teams/red')
  await page.part('Privacy of projects').getByRole('row', { name: /theirs.*boss/ }).waitFor()
  // What was logged keeps its author.
  await page.open('/red/theirs')
  await page.getByRole('row', { name: /colin-1.*colin former member/ }).waitFor()
  await page.open('/red/theirs/runs/colin-1/overview')
  await page.getByText('colin former member').waitFor()
})

step('moves of runs are on a page, from which they are undone', 'boss', async (page) => {
  await world.ask('boss', 'POST', '/moves', { from: { entity: 'red', project: 'theirs' }, to: { entity: 'red', project: 'digits' }, runs: ['colin-1'] })
  await page.open('/teams/red/moves')
  await page.getByRole('row', { name: /red\/theirs red\/digits boss 1 run moved/ }).waitFor()
  await page.getByRole('button', { name: 'Undo the move to red/digits' }).click()
  await page.getByRole('button', { name: 'Undo the move to red/digits' }).waitFor({ state: 'detached' })
  await page.reload()
  await page.getByRole('row', { name: /Undone: 1 run back/ }).waitFor()
})

step('a service account has keys that are shown once, expire and are revoked', 'boss', async (page) => {
  await page.open('/teams/red/service-accounts')
  await page.getByLabel('Name', { exact: true }).fill('nightly')
  await page.getByLabel('Purpose').fill('trains at night')
  await page.getByRole('button', { name: 'Create service account' }).click()
  await page.getByText('is shown this once').waitFor()
  await page.getByRole('row', { name: /nightly Service trains at night/ }).getByRole('button', { name: 'Keys of nightly' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name of a new key').fill('second')
  await dialog.getByLabel('Expires').selectOption('30')
  await dialog.getByRole('button', { name: 'Create key' }).click()
  await dialog.getByRole('button', { name: 'Show key' }).click()
  assert.match(await dialog.getByTestId('secret').innerText(), /^[0-9a-f]{40}$/)
  await dialog.getByRole('button', { name: 'Revoke second' }).click()
  await dialog.getByRole('button', { name: 'Revoke for good' }).click()
  await dialog.getByRole('row', { name: /second/ }).waitFor({ state: 'detached' })
})

step('what the organization locks shows the lock and who set it', 'orga', async (page) => {
  await page.open('/orgs/runstead/privacy')
  await page.getByLabel('Lock: Hide this team').click()
  await page.part('Locks').getByText(/by orga/).waitFor()
})

step('and the team’s admin cannot change it', 'boss', async (page) => {
  await page.open('/teams/red')
  await page.getByText('set by your organization (orga)').waitFor()
  assert.ok(await page.getByLabel('Hide this team').isDisabled())
  assert.ok(await page.getByLabel('Members may invite').isEnabled())
})

step('a member sees everything and changes nothing that is not theirs', 'cyn', async (page) => {
  await page.open('/teams/red')
  await page.getByText('Only a team admin changes these settings: boss.').waitFor()
  assert.ok(await page.getByLabel('Members may invite').isDisabled())
  assert.equal(await page.getByLabel('Display name').count(), 0)
  await page.part('Privacy of projects').getByRole('row', { name: /digits Public/ }).waitFor()
  assert.equal(await page.getByRole('link', { name: 'Audit log' }).count(), 0)
  assert.equal(await page.getByRole('button', { name: 'Delete team' }).count(), 0)
  await page.open('/teams/red/members')
  await page.getByText('Only a team admin invites people into this team: ask boss.').waitFor()
  assert.equal(await page.getByRole('button', { name: /^Remove/ }).count(), 0)
  await page.open('/teams/red/service-accounts')
  await page.getByText('Only a team admin makes service accounts.').waitFor()
  await page.getByRole('row', { name: /nightly/ }).waitFor()
  assert.equal(await page.getByRole('button', { name: /Keys of/ }).count(), 0)
})

step('who only looks is told so, and why there is no key', 'vera', async (page) => {
  await page.open('/red')
  await page.getByRole('complementary', { name: 'About' }).getByText('View-Only').waitFor()
  await page.open('/red/members')
  await page.getByText('Only a team admin invites').waitFor()
  assert.equal(await page.part('Invitations').getByRole('table').count(), 0)
  await page.open('/settings/keys')
  await page.getByText('view-only people have no API keys').waitFor()
  assert.equal(await page.getByRole('button', { name: 'Create key' }).count(), 0)
})

step('a member leaves, and is a colleague then who knows whom to ask', 'cyn', async (page) => {
  await page.open('/red/members')
  await page.getByRole('button', { name: 'Leave red' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Leave team' }).click()
  await page.title1('Projects')
  await page.open('/red')
  await page.getByText('You are not a member of this team. Ask boss to invite you.').waitFor()
})

step('a stranger learns nothing of the team but its public project', 'stan', async (page) => {
  await page.open('/teams/red')
  await page.title1(/not found/)
  await page.open('/red')
  await page.getByRole('link', { name: 'digits' }).waitFor()
  assert.equal(await page.getByRole('link', { name: 'secret' }).count(), 0)
}, /404/)

step('a team is deleted by typing its name, and restored', 'orga', async (page) => {
  // A run that somebody locked keeps the team as long.
  await world.ask('boss', 'PATCH', '/projects/red/digits/runs/boss-1', { locked: true })
  await page.open('/teams/red')
  await page.getByText('1 run is locked against deletion. Whoever may delete it unlocks it.').waitFor()
  assert.ok(await page.getByRole('button', { name: 'Delete team' }).isDisabled())
  await world.ask('boss', 'PATCH', '/projects/red/digits/runs/boss-1', { locked: false })
  await page.reload()
  await page.getByRole('button', { name: 'Delete team' }).click()
  await page.getByRole('dialog').getByText(/lose sight of 3 projects, 4 runs, 0 reports and 0 artifact versions, 0 B in all/).waitFor()
  const dialog = page.getByRole('dialog')
  const confirm = dialog.getByRole('button', { name: 'Delete team' })
  await dialog.getByLabel('Type red to go on').fill('re')
  assert.ok(await confirm.isDisabled())
  await dialog.getByLabel('Type red to go on').fill('red')
  await confirm.click()
  await page.waitForURL('**/orgs/Runstead/teams')
  await page.getByRole('button', { name: 'Restore red' }).click()
  await page.getByRole('region', { name: 'Teams of runstead' }).getByRole('link', { name: 'Red team' }).waitFor()
})

const isFocused = (locator) => locator.evaluate((element) => element === document.activeElement)

/** Presses a key until something has the focus. */
async function press(page, key, wanted) {
  for (let times = 0; times < 80; times += 1) {
    if (await isFocused(wanted)) return
    await page.keyboard.press(key)
  }
  assert.fail('no way leads there by keyboard')
}
