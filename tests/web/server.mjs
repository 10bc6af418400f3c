// Starts the real server in a folder of its own, on a free port.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const root = new URL('../../', import.meta.url).pathname

/** The binary named by the environment, else the newest one that was built. */
function binary() {
  if (process.env.RUNSTEAD_BINARY) return process.env.RUNSTEAD_BINARY
  const target = process.env.CARGO_TARGET_DIR ?? join(root, 'target')
  const places = ['', 'x86_64-unknown-linux-gnu/'].flatMap((triple) => ['debug', 'release'].map((profile) => join(target, `${triple}${profile}/runstead`)))
  const built = places.filter(existsSync).sort((left, right) => statSync(right).mtimeMs - statSync(left).mtimeMs)
  if (!built[0]) throw new Error('no binary: run UI_BUILD=require cargo build, or name one in RUNSTEAD_BINARY')
  return built[0]
}

export function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address()
      probe.close(() => resolve(port))
    })
  })
}

/** Resolves once the server answers. `setupLink()` is the one-time link for the first administrator. */
export async function startServer(settings = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'runstead-web-'))
  const data = join(folder, 'data')
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  let log = ''
  const child = spawn(binary(), ['serve'], {
    cwd: folder,
    env: { PATH: process.env.PATH, RUNSTEAD_HTTP__LISTEN: `127.0.0.1:${port}`, RUNSTEAD_HTTP__PUBLIC_URL: url, RUNSTEAD_DATA__DIR: data, ...settings },
  })
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (log += chunk))
  const ended = new Promise((resolve) => child.once('exit', resolve))

  await until(async () => {
    if (child.exitCode !== null) throw new Error(`the server ended:\n${log}`)
    return fetch(`${url}/api/v1/session`).then((response) => response.ok, () => false)
  }, 'the server to answer')

  return {
    url,
    log: () => log,
    setupLink() {
      const file = join(data, 'setup-link')
      const text = existsSync(file) ? readFileSync(file, 'utf8') : log
      const link = /https?:\/\/\S*\/signup\?token=[\w-]+/.exec(text)
      if (!link) throw new Error(`no set-up link in ${file} nor in the log:\n${log}`)
      return link[0]
    },
    async stop() {
      child.kill('SIGTERM')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Asks every 100 ms until the answer is true; fails after 30 s. */
export async function until(ask, what, seconds = 30) {
  const deadline = Date.now() + seconds * 1000
  while (!(await ask())) {
    if (Date.now() > deadline) throw new Error(`waited ${seconds} s for ${what}`)
    await sleep(100)
  }
}
