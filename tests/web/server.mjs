// Starts the real server in a folder of its own, on a free port.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import http from 'node:http'
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

/** For a client that somebody watches: it sends what was logged every other second, and not four times a minute. */
export const OFTEN = { WANDB_X_FILE_STREAM_TRANSMIT_INTERVAL: '2' }

let base = ''

/** Servers that start from now on are reached below this path, through a proxy that has nothing else. */
export function reachedBelow(path) {
  base = path
}

/** Whether there is such a path. */
export const isBelow = () => base !== ''

/** A proxy that passes on what is below the path, and refuses the rest. */
async function proxyBefore(port) {
  const proxy = http.createServer((asked, answer) => {
    if (!asked.url.startsWith(`${base}/`)) return answer.writeHead(418).end()
    const onward = http.request({ host: '127.0.0.1', port, method: asked.method, path: asked.url, headers: asked.headers }, (given) => {
      answer.writeHead(given.statusCode, given.headers)
      given.pipe(answer)
    })
    onward.on('error', () => answer.destroy())
    asked.pipe(onward)
  })
  await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  return proxy
}

/** Resolves once the server answers. `setupLink()` is the one-time link for the first administrator. */
export async function startServer(settings = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'runstead-web-'))
  const data = join(folder, 'data')
  const port = await freePort()
  const proxy = base ? await proxyBefore(port) : null
  const scheme = settings.RUNSTEAD_TLS__SELF_SIGNED ? 'https' : 'http'
  const url = proxy ? `http://127.0.0.1:${proxy.address().port}${base}` : `${scheme}://127.0.0.1:${port}`
  const env = { PATH: process.env.PATH, RUNSTEAD_HTTP__LISTEN: `127.0.0.1:${port}`, RUNSTEAD_HTTP__PUBLIC_URL: url, RUNSTEAD_DATA__DIR: data, ...settings }
  let log = ''
  const child = spawn(binary(), ['serve'], { cwd: folder, env })
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (log += chunk))
  const ended = new Promise((resolve) => child.once('exit', resolve))

  await until(async () => {
    if (child.exitCode !== null) throw new Error(`the server ended:\n${log}`)
    return fetch(`${url}/api/v1/session`).then((response) => response.ok, () => false)
  }, 'the server to answer')

  return {
    url,
    data,
    log: () => log,
    /** Runs the binary beside the server; what it printed, as JSON. */
    told: (...words) => JSON.parse(spawnSync(binary(), [...words, '--json'], { cwd: folder, env, encoding: 'utf8' }).stdout),
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
      proxy?.closeAllConnections()
      proxy?.close()
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
