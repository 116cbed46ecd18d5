import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { sddlOf } from './sddl.ts'
import { securityDescriptor } from './security-descriptor.ts'

/* The parser of security descriptors beside that of Samba, on random ones. Needs the Debian package python3-samba. */

const PYTHON = '/usr/bin/python3'
const missing = !existsSync('/usr/lib/python3/dist-packages/samba/dcerpc')

/** Prints random descriptors, seeded, one JSON object on a line: their bytes, and how Samba understands them. */
const RANDOM = `
import base64, json, random
from samba.dcerpc import misc, security
from samba.ndr import ndr_pack
random.seed(20261122)
GUIDS = ['00299570-246d-11d0-a768-00aa006e0529', 'bf967aba-0de6-11d0-a285-00aa003049e2', '0feb936f-47b3-49f2-9386-1dedc2c23765']
def sid():
    return security.dom_sid('S-1-%d' % random.choice([5, 5, 16, 4294967294]) + ''.join('-%d' % random.choice([random.randrange(1000, 5000), random.randrange(1 << 32)]) for _ in range(random.randrange(2, 15))))
def ace():
    a = security.ace()
    a.type = random.choice([0, 1, 5, 6, 5, 6, 0, 2])
    a.flags = random.randrange(32)
    a.access_mask = random.choice([0x100, 0x30, 0xf01ff, 0x10000000, 0xc0000000, 0x60000, random.randrange(1 << 32)])
    a.trustee = sid()
    if a.type in (5, 6):
        o = a.object
        o.flags = random.randrange(4)
        if o.flags & 1: o.type = misc.GUID(random.choice(GUIDS))
        if o.flags & 2: o.inherited_type = misc.GUID(random.choice(GUIDS))
        a.object = o
    return a
for _ in range(400):
    d = security.descriptor()
    d.type = 0x8004 | random.choice([0, 0x1000, 0x400])
    if random.random() < .9: d.owner_sid = sid()
    if random.random() < .8: d.group_sid = sid()
    for _ in range(random.randrange(1, 40)): d.dacl_add(ace())
    aces = []
    for a in d.dacl.aces:
        known = a.type in (0, 1, 5, 6)
        if not known: continue
        obj = a.type in (5, 6)
        a2 = security.descriptor(); a2.type = 0x8004; a2.dacl_add(a)
        aces.append({'type': 'allow' if a.type in (0, 5) else 'deny', 'flags': a.flags, 'mask': a.access_mask, 'sid': str(a.trustee),
          'object': str(a.object.type) if obj and a.object.flags & 1 else None, 'inherited': str(a.object.inherited_type) if obj and a.object.flags & 2 else None,
          'objectForm': obj, 'sddl': a2.as_sddl()[2:]})
    print(json.dumps({'bytes': base64.b64encode(ndr_pack(d)).decode(), 'owner': str(d.owner_sid) if d.owner_sid else None,
      'group': str(d.group_sid) if d.group_sid else None, 'control': d.type, 'aces': aces}))
`

interface Peer {
  bytes: string
  owner: string | null
  group: string | null
  control: number
  aces: {
    type: string
    flags: number
    mask: number
    sid: string
    object: string | null
    inherited: string | null
    objectForm: boolean
    sddl: string
  }[]
}

test.skipIf(missing)(
  'random descriptors are read as Samba reads them, and written as it writes them',
  { timeout: 60_000 },
  () => {
    const said = spawnSync(PYTHON, ['-c', RANDOM], { encoding: 'utf8', maxBuffer: 1 << 28 })
    expect(said.stderr).toBe('')
    const peers = said.stdout
      .trimEnd()
      .split('\n')
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the script above prints
      .map((line) => JSON.parse(line) as Peer)
    expect(peers).toHaveLength(400)
    for (const peer of peers) {
      const read = securityDescriptor(Buffer.from(peer.bytes, 'base64'))
      expect(read).toMatchObject({ control: peer.control | 0x8000, skipped: 0 })
      expect(read?.owner ?? null).toBe(peer.owner)
      expect(read?.group ?? null).toBe(peer.group)
      const aces = read?.dacl === 'everyone' ? [] : (read?.dacl ?? [])
      expect(
        aces.map(({ type, flags, mask, sid, object, inheritedObject }) => ({
          type,
          flags,
          mask,
          sid,
          object: object ?? null,
          inherited: inheritedObject ?? null,
        })),
      ).toEqual(peer.aces.map(({ objectForm: _, sddl: __, ...ace }) => ace))
      for (const [index, ace] of aces.entries()) {
        const { sddl, objectForm } = peer.aces[index]!
        // One of the object form without any object says nothing more than the plain one.
        const theirs =
          objectForm && ace.object === undefined && ace.inheritedObject === undefined ? sddl.replace('(O', '(') : sddl
        expect(sddlOf(ace).replace(/0x[0-9a-f]+;/, 'number;')).toBe(theirs.replace(/0x[0-9a-f]+;/, 'number;'))
      }
    }
  },
)
