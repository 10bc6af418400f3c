// How much script a page needs before it can be used, as it comes over the network.
import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import { inhabited } from './world.mjs'

const world = inhabited()

/** kB of compressed script that an address loads from an empty cache. */
async function scripts(page, path) {
  let bytes = 0
  const count = async (response) => {
    if (!/\.js(\?|$)/.test(response.url())) return
    const body = await response.body().catch(() => Buffer.alloc(0))
    // The browser hands out what it unpacked.
    bytes += gzipSync(body, { level: 9 }).length
  }
  const counting = []
  const listen = (response) => counting.push(count(response))
  page.on('response', listen)
  await page.open(path)
  await page.waitForLoadState('networkidle')
  page.off('response', listen)
  await Promise.all(counting)
  return bytes / 1000
}

world.step('the first page is light', 'vera', async (page) => {
  const size = await scripts(page, '/authorize')
  assert.ok(size > 20 && size <= 118, `${size.toFixed(1)} kB of script before /authorize can be used; 118 at most`)
})

for (const path of ['/red', '/teams/red', '/orgs/runstead', '/red/digits'])
  world.step(`${path} adds little`, 'cyn', async (page) => {
    const size = await scripts(page, path)
    assert.ok(size <= 155, `${size.toFixed(1)} kB of script before ${path} can be used; 155 at most`)
  })
