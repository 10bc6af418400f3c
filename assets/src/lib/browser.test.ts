import { expect, test } from 'vitest'
import { browserName } from './browser.ts'

test('browsers that claim to be others are known by their own name', () => {
  expect(browserName('Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36')).toBe('Chrome on Linux')
  expect(browserName('Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36 Edg/126.0')).toBe('Edge on Windows')
  expect(browserName('Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605 (KHTML, like Gecko) Version/17 Safari/605')).toBe('Safari on macOS')
  expect(browserName('curl/8.5')).toBe('curl/8.5')
})
