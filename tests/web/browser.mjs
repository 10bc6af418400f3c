// A real browser that remembers everything it should not have seen.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { chromium } from 'playwright-core'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
/** The rules that another theme can break: all others see the same page again. */
const RULES_OF_COLOUR = ['color-contrast', 'link-in-text-block']
const LOOPBACK = new Set(['127.0.0.1', 'localhost'])

/**
 * Opens a browser with one person's page. `faults()` are console errors, failed requests and requests to other hosts, since
 * it was last called; `person()` opens a page for somebody else. Whose certificate nobody vouches for is believed.
 */
export async function openBrowser() {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync',
    ],
  })
  return { ...(await openPage(browser)), person: (cookie) => openPage(browser, cookie), close: () => browser.close() }
}

/** A page with cookies of its own, or with that one of somebody who is signed in. */
async function openPage(browser, cookie = null) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ignoreHTTPSErrors: true, permissions: ['clipboard-read', 'clipboard-write'] })
  if (cookie) await context.addCookies([cookie])
  const page = await context.newPage()
  page.setDefaultTimeout(30_000)
  let faults = []
  page.on('console', (message) => message.type() === 'error' && faults.push(`console: ${message.text()}`))
  page.on('pageerror', (error) => faults.push(`exception: ${error.message}`))
  page.on('request', (request) => {
    const url = new URL(request.url())
    if (url.protocol.startsWith('http') && !LOOPBACK.has(url.hostname)) faults.push(`request to another host: ${request.url()}`)
  })
  page.on('requestfailed', (request) => {
    // A page that is left drops what it was still asking.
    if (request.failure()?.errorText !== 'net::ERR_ABORTED') faults.push(`failed request: ${request.url()} ${request.failure()?.errorText}`)
  })
  page.on('response', (response) => response.status() >= 400 && faults.push(`status ${response.status()}: ${response.url()}`))
  return {
    page,
    faults() {
      const seen = faults
      faults = []
      return seen
    },
  }
}

/**
 * Steps of one walk in the browser that `opened` gives: nothing may go wrong on the way, and where a step ends everybody can
 * use the page, which `isLookedOver: false` leaves to another walk over the same pages. After the first step that fails the
 * others are skipped: they begin where it should have ended.
 */
export function walk(opened, { isLookedOver = true } = {}) {
  let stumbled = false
  return (name, go) =>
    test(name, async (context) => {
      if (stumbled) return context.skip('an earlier step failed')
      stumbled = true
      await go()
      const { page, faults } = opened()
      if (isLookedOver) assert.deepEqual(await accessibilityFaults(page), [])
      assert.deepEqual(faults(), [])
      stumbled = false
    })
}

/** What is wrong for people who do not use a mouse or see the screen, in both themes, as lines of text. */
export async function accessibilityFaults(page) {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe)
  const found = []
  const before = await page.evaluate(() => document.documentElement.dataset.theme)
  for (const theme of ['light', 'dark']) {
    await page.evaluate((name) => (document.documentElement.dataset.theme = name), theme)
    const runOnly = theme === 'light' ? { type: 'tag', values: RULES } : { type: 'rule', values: RULES_OF_COLOUR }
    const { violations } = await page.evaluate((runOnly) => window.axe.run(document, { runOnly, resultTypes: ['violations'] }), runOnly)
    for (const { id, nodes } of violations) found.push(...nodes.map((node) => `${theme}: ${id}: ${node.html.slice(0, 200)}`))
    if (process.env.SCREENSHOTS) {
      const name = (await page.title()).replace(/\W+/g, '-').toLowerCase()
      await page.screenshot({ path: `${process.env.SCREENSHOTS}/${name}-${new URL(page.url()).pathname.split('/').at(-1)}-${theme}.png` })
    }
  }
  await page.evaluate((name) => (document.documentElement.dataset.theme = name), before)
  return found
}
