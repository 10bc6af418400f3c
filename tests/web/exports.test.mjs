// Taking data along: a file of a run, a project, a team or everything, and bringing one in.
import assert from 'node:assert/strict'
import { downloaded, inhabited } from './world.mjs'

const world = inhabited()
const { step } = world
let bundle = null

const exportIt = async (page, title) => {
  await page.getByRole('button', { name: 'Export', exact: true }).click()
  const dialog = page.getByRole('dialog', { name: title })
  await dialog.getByRole('button', { name: 'Make the file' }).click()
  await dialog.getByText(/^Ready: /).waitFor()
  return dialog
}

step('a team is exported from its page and downloaded', 'cyn', async (page) => {
  await page.open('/red')
  const dialog = await exportIt(page, /Export the team/)
  const link = dialog.getByRole('link', { name: 'Download', exact: true })
  assert.match((await downloaded(page, () => link.click())).name, /^red-.*\.tar$/)
  bundle = await (await page.request.get(world.server.url + (await link.getAttribute('href')))).body()
  assert.ok(bundle.subarray(0, 11).equals(Buffer.from('bundle.json')))
  await dialog.getByRole('link', { name: 'Settings · Exports' }).click()
  await page.getByRole('region', { name: 'Exports, newest first' }).getByRole('row', { name: /red.*Ready/ }).waitFor()
})

step('so are a project and a run', 'cyn', async (page) => {
  await page.open('/red/digits')
  await (await exportIt(page, 'Export the project digits')).getByRole('button', { name: 'Close' }).click()
  await page.open('/red/digits/runs/cyn-1')
  await (await exportIt(page, /Export /)).getByRole('button', { name: 'Close' }).click()
})

step('the settings list them with their days, and what is deleted is gone', 'cyn', async (page) => {
  await page.open('/settings/exports')
  const list = page.getByRole('region', { name: 'Exports, newest first' })
  await list.getByRole('row', { name: /red\/digits\/cyn-1.*Ready/ }).waitFor()
  await list.getByRole('button', { name: 'Delete the export of red/digits/cyn-1' }).click()
  await list.getByRole('row', { name: /red\/digits\/cyn-1/ }).waitFor({ state: 'detached' })
  await list.getByRole('row', { name: /red\/digits .*Ready/ }).waitFor()
})

step('the file comes in elsewhere, and a changed one does not', 'cyn', async (page) => {
  await page.open('/settings/exports')
  const imports = page.getByRole('region', { name: 'Imports', exact: true })
  await imports.getByLabel('Into').locator('option', { hasText: 'cyn' }).waitFor({ state: 'attached' })
  await imports.getByLabel('Into').selectOption('cyn')
  await imports.getByLabel('File').setInputFiles({ name: 'red.tar', mimeType: 'application/x-tar', buffer: bundle })
  await imports.getByRole('button', { name: 'Import' }).click()
  await imports.getByRole('row', { name: /3 runs and 0 artifact versions came in/ }).waitFor()
  await imports.getByRole('button', { name: 'What came in of red' }).click()
  await imports.getByText('red/digits/cyn-1 is cyn/digits/cyn-1 here').waitFor()
  const damaged = Buffer.from(bundle)
  damaged[damaged.indexOf('run.json') + 700] ^= 1
  await imports.getByLabel('File').setInputFiles({ name: 'red.tar', mimeType: 'application/x-tar', buffer: damaged })
  await imports.getByRole('button', { name: 'Import' }).click()
  await imports.getByRole('row', { name: /Failed: .*changed or damaged/ }).waitFor()
  await page.open('/cyn/digits')
  await page.getByRole('row', { name: /cyn-1/ }).waitFor()
})

step('an administrator takes everything, and sees what everybody took', 'ada', async (page) => {
  await page.open('/admin/system/exports')
  const dialog = await exportIt(page, 'Export everything')
  await dialog.getByRole('button', { name: 'Close' }).click()
  const list = page.getByRole('region', { name: 'Exports, newest first' })
  await list.getByRole('row', { name: /everything.*ada.*Ready/ }).waitFor()
  await list.getByRole('row', { name: /red.*cyn.*Ready/ }).first().waitFor()
})
