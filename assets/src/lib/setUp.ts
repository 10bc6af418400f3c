// What an administrator has to do before others rely on a server.
export type SetUpStep = { name: string; done: boolean; hint: string }

const LOCAL = ['127.0.0.1', 'localhost', '[::1]', '0.0.0.0']

/** The steps in their order, from the address that people use, and whether a backup was made and a run logged. */
export function setUpSteps({ url, backedUp, logged }: { url: string; backedUp: boolean; logged: boolean }): SetUpStep[] {
  const { hostname, protocol } = new URL(url)
  const isLocal = LOCAL.includes(hostname)
  return [
    { name: 'An address for others', done: !isLocal, hint: 'Only this machine reaches the server: set http.public_url to the address that people use.' },
    {
      name: 'TLS', done: protocol === 'https:',
      hint: 'Passwords and keys cross the network in the clear: set tls.certificate and tls.key, or put a proxy with TLS before the server.',
    },
    { name: 'A backup', done: backedUp, hint: 'A broken disk would take everything: set backup.to to a folder on another disk or to a bucket.' },
    { name: 'A first run', done: logged, hint: 'Nobody has logged anything yet: the first page has the lines for it. This turns by itself when one arrives.' },
  ]
}
