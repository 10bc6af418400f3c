// The first step on a new server: the link of its log makes its administrator.

/** Makes the administrator mira, who then sees an API key. */
export async function setUp(page, server) {
  await page.goto(server.setupLink())
  await page.getByLabel('Username').fill('mira')
  await page.getByLabel('E-mail').fill('mira@example.org')
  await page.getByLabel('Password').fill('correct horse battery')
  await page.getByRole('button', { name: 'Create administrator' }).click()
  await page.getByRole('heading', { level: 1, name: 'Your API key' }).waitFor()
}
