import type { FindingOf } from '@rollcall/contract'
import { clipped, MAX_NAME, MAX_PATH } from '../formats/accounts/account-file.ts'
import { parseEnvvars } from '../formats/web/apache-conf.ts'
import { passwdOf } from '../formats/accounts/passwd.ts'
import { LEFT_OUT, SEARCHED_FOLDERS } from '../formats/searched-folders.ts'
import type { FindResult, FoundEntry, HostFile } from '../host.ts'
import { exampleFile, hostProbe, textOf } from '../probe.ts'

type Usage = FindingOf<'usage'>

interface Gathered {
  readonly files: readonly HostFile[]
  readonly found: FindResult
  readonly passwd: HostFile | undefined
}

const FILES = [
  ...['tomcat*', 'jetty*', 'wildfly*', 'jboss*', 'glassfish*', 'payara*'].flatMap((name) => [
    `/etc/default/${name}`,
    `/etc/sysconfig/${name}`,
  ]),
  '/etc/tomcat*/tomcat*.conf',
  '/etc/jboss-as/jboss-as.conf',
  '/etc/wildfly/wildfly.conf',
]

/** Files in which servers keep names, passwords or the key to them, by the server and where they lie below its own folder. */
const SECRETS: readonly { name: string; server: string; inside: RegExp }[] = [
  { name: 'tomcat-users.xml', server: 'tomcat', inside: /\/conf\/tomcat-users\.xml$|\/tomcat-users\.xml$/ },
  ...['mgmt-users.properties', 'application-users.properties'].map((name) => ({
    name,
    server: 'wildfly',
    inside: /\/(?:configuration\/)?(?:mgmt|application)-users\.properties$/,
  })),
  { name: 'boot.properties', server: 'weblogic', inside: /\/servers\/[^/]+\/security\/boot\.properties$/ },
  { name: 'nm_password.properties', server: 'weblogic', inside: /\/config\/nodemanager\/nm_password\.properties$/ },
  { name: 'SerializedSystemIni.dat', server: 'weblogic', inside: /\/security\/SerializedSystemIni\.dat$/ },
]
const MOST_FOUND = 500

/**
 * Servers are told by the account that their settings name and, where none does, by who owns their files of passwords: those must be
 * read by the account that the server runs as. What root owns says nothing of that and is not told; its unit and its process are,
 * by the probes for these.
 */
export default hostProbe<Gathered>({
  id: 'application-servers',
  title: 'Accounts that Tomcat, JBoss/WildFly, WebLogic, Jetty and GlassFish run as, and their files with passwords',
  needs: [
    {
      reads: FILES.join(', '),
      right: 'any-account',
      hides: 'the accounts that settings name',
    },
    {
      reads: `files called ${SECRETS.map(({ name }) => name).join(', ')} below ${SEARCHED_FOLDERS.join(', ')}`,
      right: 'root',
      hides: 'servers that people unpacked somewhere',
      grants: { searches: true },
    },
  ],

  async gather(host) {
    const [files, found, [passwd]] = await Promise.all([
      host.read(...FILES),
      host.find({
        under: SEARCHED_FOLDERS,
        except: LEFT_OUT,
        where: { types: ['file'], names: SECRETS.map(({ name }) => name) },
        maxEntries: MOST_FOUND,
      }),
      host.read('/etc/passwd'),
    ])
    return { files, found, passwd }
  },

  parse({ files, found, passwd }) {
    const names = new Map(passwdOf(passwd).entries.map(({ uid, name }) => [uid, name]))
    return { findings: [...files.flatMap(namedIn), ...ownersOf(found, names)] }
  },

  examples: examples(),
})

const USER = /^(?:(TOMCAT|CATALINA|JETTY|JBOSS|WILDFLY|GLASSFISH|PAYARA)\d*)_USER$/

const namedIn = (file: HostFile): Usage[] => {
  const text = textOf(file)
  return Array.from(parseEnvvars(text)).flatMap(([name, value]): Usage[] => {
    const server = USER.exec(name)?.[1]?.toLowerCase().replace('catalina', 'tomcat')
    if (server === undefined || value === '') return []
    const line = text.split('\n').findIndex((one) => new RegExp(`^\\s*(?:export\\s+)?${name}=`).test(one)) + 1
    return [usage(value, server, { path: clipped(file.path, MAX_PATH), ...(line === 0 ? {} : { line }) }, [])]
  })
}

/** One for each server: its folder, with all of its files of passwords. */
const ownersOf = (found: FindResult, names: ReadonlyMap<number, string>): Usage[] => {
  const servers = new Map<string, { server: string; uid: number; files: string[] }>()
  for (const { path, type, uid } of found.state === 'found' ? found.entries.toSorted(byPath) : []) {
    const secret = SECRETS.find(({ inside }) => inside.test(path))
    if (type !== 'file' || secret === undefined || uid === 0) continue
    const home = path.replace(secret.inside, '').replace(/\/(?:standalone|domain)$/, '')
    const known = servers.get(`${secret.server} ${uid} ${home}`) ?? { server: secret.server, uid, files: [] }
    known.files.push(path)
    servers.set(`${secret.server} ${uid} ${home}`, known)
  }
  return Array.from(servers.values(), ({ server, uid, files }) =>
    usage(names.get(uid) ?? `${uid}`, server, { path: clipped(files[0]!, MAX_PATH) }, files),
  )
}

const byPath = (one: FoundEntry, other: FoundEntry) => (one.path < other.path ? -1 : 1)

const usage = (account: string, name: string, place: Usage['place'], files: readonly string[]): Usage => ({
  kind: 'usage',
  account: clipped(account, MAX_NAME),
  consumer: 'application-server',
  name,
  ...(files.length === 0
    ? {}
    : { needs: files.slice(0, 64).map((file) => ({ type: 'file', name: clipped(file, MAX_PATH) })) }),
  place,
})

function examples() {
  const passwd = exampleFile('/etc/passwd', 'root:x:0:0::/root:/bin/sh\noracle:x:54321:54321::/home/oracle:/bin/sh\n')
  const found = (owners: Readonly<Record<string, number>>): FindResult => ({
    state: 'found',
    entries: Object.entries(owners).map(([path, uid]) => ({
      path,
      type: 'file',
      mode: 0o600,
      uid,
      gid: uid,
      size: 100,
      modified: '2026-03-01T12:00:00.000Z',
    })),
    unsearched: [],
    unnamed: 0,
  })
  const none = { files: [], found: found({}), passwd }
  const told = (account: string, name: string, path: string, line?: number, files?: readonly string[]): Usage => ({
    kind: 'usage',
    account,
    consumer: 'application-server',
    name,
    ...(files === undefined ? {} : { needs: files.map((file) => ({ type: 'file', name: file })) }),
    place: line === undefined ? { path } : { path, line },
  })
  const domain = '/opt/oracle/domains/base'
  return [
    {
      title: 'the account that the settings of a service name',
      gathered: {
        ...none,
        files: [
          exampleFile('/etc/default/tomcat9', '# who\nTOMCAT9_USER=tomcat\nJAVA_OPTS="-Dpassword=not-told"\n'),
          exampleFile('/etc/default/jboss-as', 'export JBOSS_USER="jboss"\n'),
        ],
      },
      finds: [told('tomcat', 'tomcat', '/etc/default/tomcat9', 2), told('jboss', 'jboss', '/etc/default/jboss-as', 1)],
    },
    {
      title: 'a domain of WebLogic belongs to who owns the files that it starts with',
      gathered: {
        ...none,
        found: found({
          [`${domain}/servers/AdminServer/security/boot.properties`]: 54_321,
          [`${domain}/security/SerializedSystemIni.dat`]: 54_321,
        }),
      },
      finds: [
        told('oracle', 'weblogic', `${domain}/security/SerializedSystemIni.dat`, undefined, [
          `${domain}/security/SerializedSystemIni.dat`,
          `${domain}/servers/AdminServer/security/boot.properties`,
        ]),
      ],
    },
    {
      title: 'a WildFly that somebody unpacked; an owner without a name is told by number',
      gathered: {
        ...none,
        found: found({
          '/opt/wildfly/standalone/configuration/mgmt-users.properties': 1234,
          '/opt/wildfly/standalone/configuration/application-users.properties': 1234,
        }),
      },
      finds: [
        told('1234', 'wildfly', '/opt/wildfly/standalone/configuration/application-users.properties', undefined, [
          '/opt/wildfly/standalone/configuration/application-users.properties',
          '/opt/wildfly/standalone/configuration/mgmt-users.properties',
        ]),
      ],
    },
    {
      title: 'what root owns does not say whom the server runs as, and a file of the same name elsewhere is none',
      gathered: {
        ...none,
        found: found({ '/etc/tomcat9/tomcat-users.xml': 0, '/home/oracle/old/boot.properties': 54_321 }),
      },
      finds: [],
    },
    { title: 'a host without application servers has none', gathered: none, finds: [] },
  ]
}
