// Picking runs of a project: deleting, restoring and locking many at once, by who may and by who may not.
import assert from 'node:assert/strict'
import { inhabited } from './world.mjs'

const world = inhabited()
const { step } = world

const toolbar = (page) => page.getByRole('toolbar', { name: 'Picked runs' })

step('the filter stands in the address', 'cyn', async (page) => {
  await page.open('/red/digits')
  await page.getByRole('row', { name: /boss-1/ }).waitFor()
  await page.getByLabel('Find runs').fill('cyn')
  await page.getByRole('row', { name: /boss-1/ }).waitFor({ state: 'detached' })
  await page.reload()
  await page.getByRole('row', { name: /cyn-2/ }).waitFor()
  await page.getByLabel('Find runs').fill('nothing like it')
  await page.getByRole('button', { name: 'Clear the filter' }).click()
  await page.getByRole('row', { name: /boss-1/ }).waitFor()
})

step('of mixed runs own ones go, the others stay with the reason, and a click takes it back', 'cyn', async (page) => {
  await page.getByRole('checkbox', { name: 'Pick all runs on this page' }).focus()
  await page.keyboard.press('Space')
  await toolbar(page).getByText('3 runs picked.').waitFor()
  await toolbar(page).getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete runs' }).click()
  const kept = page.getByRole('dialog', { name: '1 run stayed as it was' })
  await kept.getByText(/boss-1.*only the person who made this run/).waitFor()
  await kept.getByRole('button', { name: 'Close' }).click()
  await page.getByRole('row', { name: /cyn-1/ }).waitFor({ state: 'detached' })
  await page.getByText('2 runs deleted.').waitFor()
  await page.getByRole('button', { name: 'Undo' }).click()
  await page.getByText('2 runs restored.').waitFor()
  await page.getByRole('row', { name: /cyn-1/ }).waitFor()
})

step('locked runs stay too', 'cyn', async (page) => {
  await page.getByRole('checkbox', { name: 'Pick cyn-1' }).check()
  await toolbar(page).getByRole('button', { name: 'Lock', exact: true }).click()
  await page.getByText('1 run locked against deletion.').waitFor()
  await page.getByRole('row', { name: /cyn-1.*/ }).getByLabel('locked').waitFor()
  await toolbar(page).getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete runs' }).click()
  await page.getByRole('dialog').getByText(/cyn-1.*locked against deletion/).waitFor()
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click()
})

step('what belongs to others is not offered, and it is said why', 'cyn', async (page) => {
  await page.getByRole('checkbox', { name: 'Pick boss-1' }).check()
  await toolbar(page).getByText('Only who made a run, or a team admin').waitFor()
  for (const name of ['Delete', 'Move', 'Lock']) assert.ok(await toolbar(page).getByRole('button', { name, exact: true }).isDisabled(), name)
  await toolbar(page).getByRole('button', { name: 'Clear' }).click()
})

step('runs move to a place where one may log, and a click takes them back', 'cyn', async (page) => {
  await page.open('/red/digits')
  await page.getByRole('checkbox', { name: 'Pick all runs on this page' }).check()
  await toolbar(page).getByRole('button', { name: 'Move', exact: true }).click()
  const dialog = page.getByRole('dialog')
  const places = dialog.getByLabel('To', { exact: true })
  await places.locator('option').nth(1).waitFor({ state: 'attached' })
  assert.deepEqual((await places.locator('option').allInnerTexts()).sort(), ['cyn (personal)', 'red'])
  await places.selectOption('cyn')
  await dialog.getByLabel('Project', { exact: true }).fill('mine')
  await dialog.getByText('2 runs move to cyn/mine, which is made.').waitFor()
  const fates = dialog.getByLabel('Artifacts', { exact: true })
  assert.deepEqual(await fates.locator('option').allInnerTexts(), ['Take those along that only these runs made or used', 'Leave all where they are, and link them there', 'Leave all where they are'])
  await fates.selectOption('copy_reference')
  await dialog.getByText(/boss-1.*only the person who made this run/).waitFor()
  await dialog.getByRole('button', { name: 'Move' }).click()
  await page.getByRole('dialog', { name: '2 runs moved' }).getByRole('button', { name: 'Close' }).click()
  await page.getByRole('row', { name: /cyn-1/ }).waitFor({ state: 'detached' })
  await page.getByText('2 runs moved to cyn/mine.').waitFor()
  await page.getByRole('button', { name: 'Undo' }).click()
  await page.getByText('2 runs are back.').waitFor()
  await page.getByRole('row', { name: /cyn-1/ }).waitFor()
})

step('a run that moved says where its sweep stayed', 'cyn', async (page) => {
  await world.log('cyn', 'red', 'digits', 'swept', { sweep: 's1' })
  let move = await world.ask('cyn', 'POST', '/moves', { from: { entity: 'red', project: 'digits' }, to: { entity: 'cyn', project: 'mine' }, runs: ['swept'] })
  while (move.state === 'running') move = await world.ask('cyn', 'GET', `/moves/${move.id}`)
  await page.open('/cyn/mine/runs/swept/overview')
  await page.getByText('s1 in red/digits').waitFor()
  await world.ask('cyn', 'DELETE', '/projects/cyn/mine/runs/swept')
})

step('who only looks picks and may do nothing', 'vera', async (page) => {
  await page.open('/red/digits')
  await page.getByRole('checkbox', { name: 'Pick all runs on this page' }).check()
  assert.ok(await toolbar(page).getByRole('button', { name: 'Delete' }).isDisabled())
})

step('all that match are picked, more than the page shows', 'boss', async (page) => {
  for (let number = 0; number < 55; number += 1) await world.log('boss', 'red', 'many', `run-${number}`)
  await page.open('/red/many')
  await page.getByRole('checkbox', { name: 'Pick all runs on this page' }).check()
  await toolbar(page).getByText('50 runs picked.').waitFor()
  await toolbar(page).getByRole('button', { name: 'Pick all 55 that match' }).click()
  await toolbar(page).getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete runs' }).click()
  await page.getByText('55 runs deleted.').waitFor()
  await page.getByText('Waiting for the first run…').waitFor()
})

step('a run says which others were given the same config', 'cyn', async (page) => {
  const config = (lr) => ({ config: JSON.stringify({ lr: { value: lr } }) })
  for (const [who, name, lr] of [['boss', 'before', 0.1], ['boss', 'other', 0.2], ['cyn', 'again', 0.1]]) await world.log(who, 'red', 'repeats', name, config(lr))
  await page.open('/red/repeats/runs/again')
  const note = page.getByRole('note', { name: 'Similar runs' })
  await note.getByText(/The same config as before \(boss, /).waitFor()
  assert.equal(await note.getByRole('link').count(), 1)
  await note.getByRole('link', { name: 'before' }).click()
  await page.title1('before')
  await note.getByRole('link', { name: 'again' }).waitFor()
  await page.open('/red/repeats/runs/other')
  await page.title1('other')
  assert.equal(await note.count(), 0)
})

step('a project says who sees it, and names members', 'boss', async (page) => {
  await page.open('/red/secret/settings')
  await page.getByText('Only these people see the project.').waitFor()
  await page.getByLabel('Username').fill('cyn')
  await page.getByRole('button', { name: 'Name as member' }).click()
  await page.getByRole('row', { name: /cyn/ }).waitFor()
  await page.getByLabel('Role of cyn').selectOption('view-only')
  await page.getByRole('button', { name: 'Remove cyn' }).click()
  await page.getByRole('row', { name: /cyn/ }).waitFor({ state: 'detached' })
})

step('a project is deleted by typing its name, and restored', 'boss', async (page) => {
  await page.open('/red/many/settings')
  await page.getByRole('button', { name: 'Delete project' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Type many to go on').fill('many')
  await dialog.getByRole('button', { name: 'Delete project' }).click()
  await page.getByRole('button', { name: 'Restore many' }).click()
  await page.getByRole('region', { name: 'Projects of red' }).getByRole('link', { name: 'many' }).waitFor()
})

step('a member sees who may see a project, and changes only what it is about', 'cyn', async (page) => {
  await page.open('/red/digits/settings')
  assert.ok(await page.getByLabel('Visibility').isDisabled())
  await page.getByText('Only an admin of the team changes who sees the project.').waitFor()
  await page.getByLabel('What it is about').fill('Handwritten.')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.reload()
  assert.equal(await page.getByLabel('What it is about').inputValue(), 'Handwritten.')
  assert.ok(await page.getByRole('button', { name: 'Delete project' }).isDisabled())
  await page.open('/red/secret/settings')
  await page.title1(/not found/)
}, /404/)
