// A real OpenLDAP server in a folder of its own, on a free port, with six people and two groups.
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, until } from './server.mjs'

const BASE = 'dc=example,dc=org'
const PEOPLE = [['lea', 'Lea Lind'], ['mio', 'Mio Berg'], ['nia', 'Nia Holm'], ['pia', 'Pia Vik'], ['per', 'Per Moe'], ['ole', 'Ole Dahl']]

const person = ([uid, name]) => `dn: uid=${uid},ou=people,${BASE}\nobjectClass: inetOrgPerson\nuid: ${uid}\ncn: ${name}\nsn: ${name.split(' ')[1]}\nmail: ${uid}@example.org\nuserPassword: pw-${uid}\n`
const unit = (name) => `dn: ou=${name},${BASE}\nobjectClass: organizationalUnit\nou: ${name}\n`
const group = (name, members) => `dn: cn=${name},ou=groups,${BASE}\nobjectClass: groupOfNames\ncn: ${name}\n${members.map((uid) => `member: uid=${uid},ou=people,${BASE}\n`).join('')}`

export async function startSlapd() {
  const folder = mkdtempSync(join(tmpdir(), 'runstead-slapd-'))
  const port = await freePort()
  const url = `ldap://127.0.0.1:${port}`
  mkdirSync(join(folder, 'db'))
  writeFileSync(join(folder, 'slapd.conf'), `include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile ${folder}/slapd.pid
database mdb
suffix ${BASE}
rootdn cn=root,${BASE}
rootpw root-pw
directory ${folder}/db
dbnosync
`)
  const tree = [`dn: ${BASE}\nobjectClass: dcObject\nobjectClass: organization\ndc: example\no: Example\n`, unit('people'), unit('groups')]
  writeFileSync(join(folder, 'tree.ldif'), [...tree, ...PEOPLE.map(person), group('vision', ['lea', 'mio', 'pia', 'per']), group('leads', ['lea'])].join('\n'))
  execFileSync('/usr/sbin/slapadd', ['-q', '-f', join(folder, 'slapd.conf'), '-l', join(folder, 'tree.ldif')])
  const child = spawn('/usr/sbin/slapd', ['-d', '0', '-f', join(folder, 'slapd.conf'), '-h', url], { stdio: 'ignore' })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const listens = () => new Promise((resolve) => {
    const probe = connect(port, '127.0.0.1').once('error', () => resolve(false)).once('connect', () => {
      probe.destroy()
      resolve(true)
    })
  })
  await until(listens, 'slapd to listen')
  return {
    /** What a server of ours needs to know of it. */
    settings: {
      RUNSTEAD_LDAP__SERVERS: url,
      RUNSTEAD_LDAP__START_TLS: 'false',
      RUNSTEAD_LDAP__BASE_DN: `ou=people,${BASE}`,
      RUNSTEAD_LDAP__GROUP_BASE_DN: `ou=groups,${BASE}`,
      RUNSTEAD_LDAP__BIND_DN: `cn=root,${BASE}`,
      RUNSTEAD_LDAP__BIND_PASSWORD: 'root-pw',
      RUNSTEAD_LDAP__SYNC_MINUTES: '0',
    },
    /** Takes people away for good. */
    remove: (...uids) => execFileSync('ldapdelete', ['-x', '-H', url, '-D', `cn=root,${BASE}`, '-w', 'root-pw', ...uids.map((uid) => `uid=${uid},ou=people,${BASE}`)]),
    async stop() {
      child.kill('SIGKILL')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
