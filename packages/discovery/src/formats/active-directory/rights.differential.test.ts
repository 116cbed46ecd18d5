import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { DirectoryObjectType, DirectoryRightName } from '@rollcall/contract'
import { expect, test } from 'vitest'
import { heldRights, mayAccess, type HeldRight, type RightsContext, type RightsSubject } from './rights.ts'
import { schemaNames } from './schema-names.ts'
import { securityDescriptor, type Ace, type SecurityDescriptor } from './security-descriptor.ts'

/*
 * Rights told from access control lists beside the decisions of Samba's own check for directories, on random lists: with object entries,
 * denials, inheritance and groups, in and out of the usual order. Needs the Debian package python3-samba.
 */

const PYTHON = '/usr/bin/python3'
const SECURITY = '/usr/lib/x86_64-linux-gnu/samba/libsamba-security-samba4.so.0'
const missing = !existsSync('/usr/lib/python3/dist-packages/samba/dcerpc') || !existsSync(SECURITY)

/** Somebody, two groups that they are in, everybody, and two others. */
const SOMEBODY = 'S-1-5-21-1-2-3-1000'
const TOKEN = [SOMEBODY, 'S-1-5-21-1-2-3-1101', 'S-1-5-21-1-2-3-1102', 'S-1-1-0']
const OTHERS = ['S-1-5-21-1-2-3-2000', 'S-1-5-21-1-2-3-2001']

const schema = schemaNames()
const guid = (name: string) => schema.class(name)!
const SUBJECTS: Partial<Record<DirectoryObjectType, string>> = {
  user: 'user',
  computer: 'computer',
  group: 'group',
  container: 'organizationalunit',
  domain: 'domaindns',
  policy: 'grouppolicycontainer',
  'certificate-template': 'pkicertificatetemplate',
}
const subjectOf = (type: DirectoryObjectType): RightsSubject => ({
  type,
  classes: new Set(['bf967ab7-0de6-11d0-a285-00aa003049e2', guid(SUBJECTS[type]!)]),
})

/** An object that no entry is about: without any, Samba passes over all entries that may be about one. */
const NOTHING = '11111111-2222-3333-4444-555555555555'

/** A question put to both: may somebody do this, by the tree of objects that a server checks for it. */
interface Query {
  readonly type: DirectoryObjectType
  readonly right: DirectoryRightName
  readonly mask: number
  readonly tree: readonly string[]
}

const [CREATE, SELF, READ, WRITE, CONTROL] = [0x1, 0x8, 0x10, 0x20, 0x100]
const writing = (type: DirectoryObjectType, right: DirectoryRightName, name: string): Query => {
  const attribute = schema.attribute(name)!
  const path = attribute.set === undefined ? [attribute.guid!] : [attribute.set, attribute.guid!]
  return { type, right, mask: WRITE, tree: [guid(SUBJECTS[type]!), ...path] }
}
const extended = (type: DirectoryObjectType, right: DirectoryRightName, object: string, mask = CONTROL): Query => ({
  type,
  right,
  mask,
  tree: [object],
})
const QUERIES: readonly Query[] = [
  ...(['user', 'computer'] as const).flatMap((type) => [
    extended(type, 'reset-password', '00299570-246d-11d0-a768-00aa006e0529'),
    writing(type, 'write-spn', 'serviceprincipalname'),
    writing(type, 'write-bound-keys', 'msds-keycredentiallink'),
    writing(type, 'write-delegation', 'msds-allowedtodelegateto'),
    writing(type, 'write-account-control', 'useraccountcontrol'),
    writing(type, 'write-mapped-identities', 'altsecurityidentities'),
  ]),
  extended('user', 'write-spn', 'f3a64788-5306-11d1-a9c5-0000f80367c1', SELF),
  writing('user', 'write-script-path', 'scriptpath'),
  writing('computer', 'write-acting-on-behalf', 'msds-allowedtoactonbehalfofotheridentity'),
  writing('group', 'add-member', 'member'),
  extended('group', 'add-self', 'bf9679c0-0de6-11d0-a285-00aa003049e2', SELF),
  ...(['container', 'domain'] as const).flatMap((type) => [
    writing(type, 'write-policy-links', 'gplink'),
    ...['user', 'computer', 'group', 'inetorgperson'].map((name) => extended(type, 'create-child', guid(name), CREATE)),
  ]),
  extended('domain', 'migrate-sid-history', 'ba33815a-4f93-4c76-87f3-57574bff8109'),
  extended('domain', 'install-replica', '9923a32a-3607-11d2-b9be-0000f87a36b2'),
  extended('domain', 'reanimate', '45ec5156-db7e-47bb-b53f-dbeb2d03c40f'),
  writing('policy', 'write-policy-files', 'gpcfilesyspath'),
  writing('certificate-template', 'write-template', 'mspki-certificate-name-flag'),
  writing('certificate-template', 'write-template', 'mspki-enrollment-flag'),
  extended('certificate-template', 'enrol', '0e10c968-78fb-11d2-90d4-00c04f79dc55'),
  extended('certificate-template', 'enrol', 'a05b8cc2-17bc-4802-a710-e7c15ab866a2'),
  ...Object.keys(SUBJECTS).flatMap((name): Query[] => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- keys of SUBJECTS
    const type = name as DirectoryObjectType
    return [
      { type, right: 'write-dacl', mask: 0x40000, tree: [NOTHING] },
      { type, right: 'write-owner', mask: 0x80000, tree: [NOTHING] },
      { type, right: 'write-all', mask: WRITE, tree: [guid(SUBJECTS[type]!)] },
    ]
  }),
]

/** Accesses to single attributes, as coverage is told by. */
const ACCESSES = [
  ['useraccountcontrol', READ],
  ['member', WRITE],
  ['unixuserpassword', READ],
  ['admincount', READ],
] as const
const ACCESS_QUERIES = ACCESSES.map(([name, mask]) => ({ ...writing('user', 'write-all', name), mask }))

/** Objects that entries of the lists are about. */
const OBJECTS = [...new Set([...QUERIES, ...ACCESS_QUERIES].flatMap(({ tree }) => tree))].filter(
  (one) => one !== NOTHING,
)

/** Those of extended rights: to Samba, an entry that gives the extended right to anything else gives everything there. */
const EXTENDED = [...new Set(QUERIES.filter(({ mask }) => mask === CONTROL).flatMap(({ tree }) => tree))]

/** Prints random descriptors, seeded, one JSON object on a line: their bytes, and which questions Samba answers with yes. */
const RANDOM = `
import base64, ctypes, json, random, sys
from samba.dcerpc import misc, security
from samba.ndr import ndr_pack
spec = json.load(sys.stdin)
util = ctypes.PyDLL(spec['talloc'])
util._pytalloc_get_ptr.restype = ctypes.c_void_p
util._pytalloc_get_ptr.argtypes = [ctypes.py_object]
pointer = util._pytalloc_get_ptr
lib = ctypes.CDLL(spec['security'])
lib.sec_access_check_ds.restype = ctypes.c_uint32
lib.sec_access_check_ds.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint32, ctypes.POINTER(ctypes.c_uint32), ctypes.c_void_p, ctypes.c_void_p]
lib.insert_in_object_tree.restype = ctypes.c_bool
lib.insert_in_object_tree.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint32, ctypes.c_void_p, ctypes.POINTER(ctypes.c_void_p)]
guids = {text: misc.GUID(text) for text in spec['objects'] + [spec['nothing']]}
def allowed(descriptor, token, mask, tree):
    root = at = None
    for text in tree:
        out = ctypes.c_void_p()
        lib.insert_in_object_tree(None, pointer(guids[text]), mask, at, ctypes.byref(out))
        at = out.value
        root = root or at
    granted = ctypes.c_uint32()
    return lib.sec_access_check_ds(pointer(descriptor), pointer(token), mask, ctypes.byref(granted), root, None) == 0
token = security.token()
token.sids = [security.dom_sid(sid) for sid in spec['token']]
token.num_sids = len(spec['token'])
sids = [security.dom_sid(sid) for sid in spec['token'] * 2 + spec['others']]
random.seed(spec['seed'])
def ace():
    a = security.ace()
    a.type = random.choice([0, 0, 1, 5, 5, 5, 6])
    a.flags = random.choice([0, 0, 0, 0x10, 0x12, 0x2, 0xa, 0x1a])
    a.access_mask = random.choice([0x100, 0x20, 0x30, 0x8, 0x1, 0x10, 0x110, 0x60000, 0x40000, 0x80000, 0xf01ff, random.randrange(1 << 9)])
    a.trustee = random.choice(sids)
    if a.type in (5, 6):
        o = a.object
        o.flags = random.choice([0, 1, 1, 1, 2, 3])
        extended = a.access_mask & 0x100
        if extended: o.flags |= 1
        if o.flags & 1: o.type = guids[random.choice(spec['extended' if extended else 'objects'])]
        if o.flags & 2: o.inherited_type = guids[random.choice(spec['objects'])]
        a.object = o
    return a
for _ in range(spec['count']):
    d = security.descriptor()
    d.type = 0x8004
    d.owner_sid = random.choice(sids)
    for _ in range(random.randrange(1, 14)): d.dacl_add(ace())
    if random.random() < .5:
        # As lists usually are: what is set before what is inherited, denials before the others.
        ordered = sorted(d.dacl.aces, key=lambda a: (a.flags & 0x10, a.type in (0, 5)))
        e = security.descriptor()
        e.type, e.owner_sid = d.type, d.owner_sid
        for a in ordered: e.dacl_add(a)
        d = e
    print(json.dumps({'bytes': base64.b64encode(ndr_pack(d)).decode(), 'yes': [at for at, q in enumerate(spec['queries']) if allowed(d, token, q['mask'], q['tree'])]}))
`

const decisions = (count: number, seed: number, queries: readonly Query[]) => {
  const talloc = 'libpytalloc-util.cpython-311-x86-64-linux-gnu.so.2'
  const input = JSON.stringify({
    talloc,
    security: SECURITY,
    objects: OBJECTS,
    extended: EXTENDED,
    nothing: NOTHING,
    token: TOKEN,
    others: OTHERS,
    seed,
    count,
    queries,
  })
  const said = spawnSync(PYTHON, ['-c', RANDOM], { input, encoding: 'utf8', maxBuffer: 1 << 28 })
  expect(said.stderr).toBe('')
  const lines = said.stdout.trimEnd().split('\n')
  expect(lines).toHaveLength(count)
  return lines.map((line) => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the script above prints
    const { bytes, yes } = JSON.parse(line) as { bytes: string; yes: number[] }
    return { descriptor: securityDescriptor(Buffer.from(bytes, 'base64'))!, yes: new Set(yes) }
  })
}

const context: RightsContext = {
  schema,
  includes: (other, trustee) =>
    other === trustee || other === 'S-1-1-0' || (trustee === SOMEBODY && TOKEN.includes(other)),
  ownersBlocked: false,
}

/** What somebody holds, by themselves or by a group, unless they are denied it. */
const heldBySomebody = (descriptor: SecurityDescriptor, type: DirectoryObjectType): readonly HeldRight[] =>
  heldRights(descriptor, subjectOf(type), context).filter(
    ({ trustee, except }) => TOKEN.includes(trustee) && !except.some((sid) => TOKEN.includes(sid)),
  )

/** Whether rights that are told include one. */
const include = (rights: ReadonlySet<DirectoryRightName>, { right, mask }: Query): boolean =>
  rights.has(right) ||
  rights.has('full-control') ||
  ((mask === WRITE || mask === SELF) && rights.has('write-all')) ||
  (mask === SELF && rights.has('add-member')) ||
  (right === 'write-dacl' && rights.has('owns'))

test.skipIf(missing)('rights are those that Samba lets somebody use', { timeout: 60_000 }, () => {
  let yes = 0
  for (const { descriptor, yes: theirs } of decisions(1500, 20_261_122, QUERIES)) {
    yes += theirs.size
    const missed: string[] = []
    const invented: string[] = []
    for (const [type, queries] of Map.groupBy(QUERIES.entries(), ([, query]) => query.type)) {
      const told = new Set(heldBySomebody(descriptor, type).map(({ right }) => right))
      for (const [at, query] of queries)
        if (theirs.has(at) && !include(told, query)) missed.push(`${type} ${query.right}`)
      // What includes others is more than any of them; of those with several questions, one is answered with yes.
      for (const right of told) {
        const asked = queries.filter(([, query]) => query.right === right)
        if (asked.length > 0 && !asked.some(([at]) => theirs.has(at))) invented.push(`${type} ${right}`)
      }
    }
    expect({ missed, invented }).toEqual({ missed: [], invented: [] })
  }
  // Neither all nor nothing.
  expect(yes).toBeGreaterThan(1500 * 5)
  expect(yes).toBeLessThan(1500 * QUERIES.length * 0.9)
})

test.skipIf(missing)(
  'what the scan account may do with an attribute is what Samba lets it do',
  { timeout: 60_000 },
  () => {
    const sids = new Set(TOKEN)
    for (const { descriptor, yes } of decisions(1500, 7, ACCESS_QUERIES))
      expect(
        ACCESSES.map(([name, mask]) => {
          const { guid: attribute, set } = schema.attribute(name)!
          return mayAccess(descriptor, subjectOf('user'), sids, mask, [attribute, set])
        }),
      ).toEqual(ACCESSES.map((_, at) => yes.has(at)))
  },
)

test.skipIf(missing)('what holds under a condition is never certain', { timeout: 60_000 }, () => {
  const certain = (descriptor: SecurityDescriptor, type: DirectoryObjectType) =>
    new Set(
      heldBySomebody(descriptor, type)
        .filter(({ conditional }) => conditional !== true)
        .map(({ right }) => right),
    )
  let uncertain = 0
  for (const { descriptor } of decisions(60, 11, [])) {
    const { dacl } = descriptor
    if (dacl === undefined || dacl === 'everyone') continue
    for (const [at, ace] of dacl.entries()) {
      const conditional: Ace = { ...ace, conditional: true }
      const changed = { ...descriptor, dacl: dacl.with(at, conditional) }
      // Allowed under a condition: no more is certain than without it. Denied under one: no more than with it in force.
      const least = ace.type === 'deny' ? descriptor : { ...descriptor, dacl: dacl.toSpliced(at, 1) }
      for (const query of QUERIES) {
        const told = certain(changed, query.type)
        if (include(told, query)) expect(include(certain(least, query.type), query)).toBe(true)
        else uncertain++
      }
    }
  }
  expect(uncertain).toBeGreaterThan(200)
})
