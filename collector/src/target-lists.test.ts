import { execFile, execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { formatTarget, parseTarget } from '@rollcall/contract'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readTargetList } from './target-lists.ts'

const lines = (...lines: string[]) => lines.join('\n')

describe('a list of targets', () => {
  test('has one entry on each line; # begins a comment and ! leaves a target out', () => {
    const list = readTargetList(
      'targets.txt',
      lines(
        '# ours',
        'db1',
        'admin@web1:2222 # bastion',
        '',
        '10.0.0.0/30',
        'local',
        '[2001:db8::1]:22',
        'ssh://app',
        '!10.0.0.1',
        '! old',
      ),
    )
    expect(list).toEqual({
      format: 'list',
      include: [
        'ssh://db1:22',
        'ssh://admin@web1:2222',
        '10.0.0.1-10.0.0.2:22',
        'local',
        'ssh://[2001:db8::1]:22',
        'ssh://app:22',
      ],
      exclude: ['ssh://10.0.0.1:22', 'ssh://old:22'],
      problems: [],
    })
  })

  test('writes host ranges out', () => {
    expect(readTargetList('x', 'web[08:10].example.com\nadmin@db-[a:c]:2200').include).toEqual([
      'ssh://web08.example.com:22',
      'ssh://web09.example.com:22',
      'ssh://web10.example.com:22',
      'ssh://admin@db-a:2200',
      'ssh://admin@db-b:2200',
      'ssh://admin@db-c:2200',
    ])
  })

  test('names every line that cannot be read, and passes over none', () => {
    const { include, problems } = readTargetList(
      'x',
      lines('db1', 'not a host', '10.0.0.300', 'web[5:1]', 'web[1:999999999]'),
    )
    expect(include).toEqual(['ssh://db1:22'])
    expect(problems.map(({ line, entry }) => [line, entry])).toEqual([
      [2, 'not a host'],
      [3, '10.0.0.300'],
      [4, 'web[5:1]'],
      [5, 'web[1:999999999]'],
    ])
  })

  test('reads a target once however often it is named', () => {
    expect(readTargetList('x', 'DB1\ndb1\ndb1.\ndb1:22').include).toEqual(['ssh://db1:22'])
  })

  test('of more than 5 MiB is refused whole', () => {
    const { include, problems } = readTargetList('x', 'db1\n'.repeat(1_400_000))
    expect(include).toEqual([])
    expect(problems).toHaveLength(1)
  })
})

describe('an Ansible inventory in INI form', () => {
  test('gives each host as its variables say it is reached, those of inner groups before those of outer ones', () => {
    const list = readTargetList(
      'hosts',
      lines(
        'lone.example.com ansible_port=2200',
        '[web]',
        'web[01:02] ansible_user=www',
        'here ansible_connection=local',
        '[db]',
        'db1:2222 ansible_host=10.0.0.5',
        '[prod:children]',
        'web',
        'db',
        '[prod:vars]',
        'ansible_user = deploy',
        '[db:vars]',
        "ansible_user='dba'",
      ),
    )
    expect(list).toEqual({
      format: 'ini',
      include: [
        'ssh://lone.example.com:2200',
        'ssh://www@web01:22',
        'ssh://www@web02:22',
        'local',
        'ssh://dba@10.0.0.5:2222',
      ],
      exclude: [],
      problems: [],
    })
  })

  test('never repeats a variable in a problem: inventories have passwords in them', () => {
    const { problems } = readTargetList(
      'hosts.ini',
      lines(
        '[a]',
        'bad_host! ansible_password=hunter2',
        'x "unclosed hunter2',
        'y hunter2',
        '[a:vars]',
        'hunter2',
        'ansible_user={{ hunter2 }}',
        '[a:odd]',
        'z ansible_password=hunter2',
      ),
    )
    expect(problems.length).toBeGreaterThan(4)
    expect(JSON.stringify(problems.filter(({ line }) => line !== 6))).not.toContain('hunter2')
  })

  test('says of hosts that cannot be scanned why, with their line', () => {
    const { include, problems } = readTargetList(
      'hosts.ini',
      lines(
        '[win]',
        'w1 ansible_connection=winrm',
        'w2 ansible_host="{{ ip }}"',
        'w3 ansible_port=ssh',
        '[gone:vars]',
        'a=b',
        '[p:children]',
        'nobody',
        '[x:odd]',
        'lost',
      ),
    )
    expect(include).toEqual([])
    expect(problems.map(({ line, entry }) => `${line} ${entry}`).sort()).toEqual(
      ['2 w1', '3 w2', '4 w3', '5 gone', '8 nobody', '9 [x:odd]', '10 lost'].sort(),
    )
  })

  test('with a group inside itself is no endless story', () => {
    const { include, problems } = readTargetList('h.ini', lines('[a]', 'h', '[a:children]', 'b', '[b:children]', 'a'))
    expect(include).toEqual(['ssh://h:22'])
    expect(problems).toMatchObject([{ line: 6, entry: 'a' }])
  })
})

describe('an Ansible inventory in YAML form', () => {
  test('gives each host as its variables say it is reached', () => {
    const list = readTargetList(
      'hosts.yml',
      lines(
        'all:',
        '  vars:',
        '    ansible_user: deploy',
        '  children:',
        '    web:',
        '      hosts:',
        '        web[1:2].example.com:',
        '        edge:',
        '          ansible_host: 192.0.2.9',
        '          ansible_port: 2200',
        '    db:',
        '      vars: &db',
        '        ansible_user: dba',
        '      hosts:',
        '        db1: {<<: *db, ansible_connection: local}',
        '        db2: *db',
      ),
    )
    expect(list).toEqual({
      format: 'yaml',
      include: [
        'ssh://deploy@web1.example.com:22',
        'ssh://deploy@web2.example.com:22',
        'ssh://deploy@192.0.2.9:2200',
        'local',
        'ssh://dba@db2:22',
      ],
      exclude: [],
      problems: [],
    })
  })

  test.each([
    [
      'a billion laughs',
      lines(
        'a: &a [x,x,x,x,x,x,x,x,x]',
        ...'bcdefghij'
          .split('')
          .map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdefghi'[index]}`).join(',')}]`),
      ),
    ],
    ['deep nesting', '['.repeat(100_000)],
    ['deep indentation', Array.from({ length: 3000 }, (_, level) => `${' '.repeat(level)}a:`).join('\n')],
    ['deep sequences', `${'- '.repeat(50_000)}x`],
    ['a mapping that merges itself', 'all: &a\n  hosts:\n    h:\n  <<: *a'],
    ['an alias of nothing', 'all:\n  hosts: *nothing'],
  ])('that is %s is read within bounds and told as a problem', (_, text) => {
    expect(readTargetList('x.yml', text).problems.length).toBeGreaterThan(0)
  })

  test('whose aliases nest groups in groups is read once for each group', () => {
    const text = lines(
      'a: &a {hosts: {h1: }}',
      ...Array.from(
        { length: 60 },
        (_, i) => `g${i}: &g${i} {children: {x${i}: ${i ? `*g${i - 1}` : '*a'}, y${i}: ${i ? `*g${i - 1}` : '*a'}}}`,
      ),
    )
    expect(readTargetList('x.yml', text)).toMatchObject({ include: ['ssh://h1:22'], problems: [] })
  })

  test('that configures a dynamic inventory is not run', () => {
    const { include, problems } = readTargetList('x.yml', 'plugin: aws_ec2\nregions: [x]')
    expect(include).toEqual([])
    expect(problems).toMatchObject([{ line: 1, entry: 'plugin' }])
  })

  test('is told by line where it is no inventory', () => {
    const { problems } = readTargetList('x.yml', lines('all:', '  hosts: [a, b]', '  host:', '    c:', 'list: [1]'))
    expect(problems.map(({ line }) => line)).toEqual([2, 3, 5])
  })
})

describe('any text', () => {
  const name = fc.constantFrom('hosts', 'hosts.ini', 'hosts.yml')
  const piece = fc.constantFrom(
    'all:',
    '  hosts:',
    '    web[1:3]:',
    '[web]',
    '[web:vars]',
    '[a:children]',
    'web',
    'ansible_host=10.0.0.1',
    'ansible_port: 22',
    '&a',
    '*a',
    '<<: *a',
    '"',
    "'",
    '{',
    '[',
    ']',
    '}',
    '#',
    '!',
    '\n',
    ' ',
    ':',
    '10.0.0.0/8',
    '\0',
    '\u202E',
    '-',
  )
  test.each([
    ['arbitrary', fc.string({ unit: 'binary', maxLength: 500 })],
    ['made of the words of the formats', fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join(''))],
  ])('%s gives targets and problems, and never fails', (_, text) => {
    fc.assert(
      fc.property(name, text, (name, text) => {
        const { include, problems } = readTargetList(name, text)
        const single = include.filter((entry) => parseTarget(entry) !== undefined)
        expect(single.map((entry) => formatTarget(parseTarget(entry)!))).toEqual(single)
        for (const { line, entry } of problems) {
          expect(line).toBeGreaterThan(0)
          expect(entry).not.toMatch(/[\p{Cc}\u202E]/u)
        }
      }),
      { numRuns: 800 },
    )
  })
})

const ansible = (() => {
  try {
    execFileSync('ansible-inventory', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})()

describe.runIf(ansible)('compared with ansible-inventory', () => {
  const run = promisify(execFile)

  /** Hosts as Ansible itself would reach them. */
  const asked = async (fileName: string, text: string): Promise<string[]> => {
    const folder = await mkdtemp(join(tmpdir(), 'rollcall-inventory-'))
    try {
      await writeFile(join(folder, fileName), text)
      await writeFile(join(folder, 'ansible.cfg'), '')
      const { stdout } = await run('ansible-inventory', ['-i', join(folder, fileName), '--list'], {
        cwd: folder,
        env: {
          ...process.env,
          ANSIBLE_CONFIG: join(folder, 'ansible.cfg'),
          ANSIBLE_LOCALHOST_WARNING: 'false',
          HOME: folder,
        },
      })
      const listing = JSON.parse(stdout) as { _meta: { hostvars: Record<string, Record<string, string | undefined>> } }
      const names = new Set(Object.values(listing).flatMap((group) => (group as { hosts?: string[] }).hosts ?? []))
      return [...names]
        .map((name) => {
          const of = listing._meta.hostvars[name] ?? {}
          if (of['ansible_connection'] === 'local') return 'local'
          const host = of['ansible_host'] ?? name
          return formatTarget({
            kind: 'ssh',
            host: host.toLowerCase(),
            port: Number(of['ansible_port'] ?? 22),
            ...(of['ansible_user'] ? { user: of['ansible_user'] } : {}),
          })
        })
        .sort()
    } finally {
      await rm(folder, { recursive: true })
    }
  }

  test.each([
    [
      'quotes, comments and ranges',
      'h.ini',
      lines(
        '[a]',
        'w[1:9:3]x[a:b] ansible_user="u1"  # note',
        "v[001:003] ansible_user='u2' ansible_port='2022'",
        'z ansible_user=u#3 other="a b"',
        '; old',
        't:2222 ansible_port=23',
      ),
    ],
    [
      'nested groups, children before they are declared',
      'h.ini',
      lines(
        '[top:children]',
        'mid',
        '[mid:children]',
        'low',
        '[low]',
        'h1',
        'h2 ansible_user=own',
        '[top:vars]',
        'ansible_user=top',
        'ansible_port=1',
        '[mid:vars]',
        'ansible_user=mid',
        '[low:vars]',
        'ansible_port=3',
      ),
    ],
    [
      'siblings by name and by priority',
      'h.ini',
      lines(
        '[b]',
        'h',
        '[a]',
        'h',
        '[b:vars]',
        'ansible_user=b',
        '[a:vars]',
        'ansible_user=a',
        'ansible_port=5',
        'ansible_group_priority=10',
        '[all:vars]',
        'ansible_user=all',
      ),
    ],
    [
      'a host in two depths',
      'h.ini',
      lines(
        '[x]',
        'h',
        '[y:children]',
        'x',
        '[z]',
        'h',
        '[y:vars]',
        'ansible_user=y',
        '[z:vars]',
        'ansible_user=z',
        '[x:vars]',
        'ansible_port=9',
        '[ungrouped:vars]',
        'ansible_user=un',
      ),
    ],
    ['local', 'h.ini', lines('me ansible_connection=local', '[all:vars]', 'ansible_user=q')],
    [
      'YAML with nesting, anchors and merges',
      'h.yml',
      lines(
        'all:',
        '  hosts:',
        '    top1:',
        '    "t[1:2]:2201":',
        '  vars: {ansible_user: all}',
        '  children:',
        '    b: {hosts: {m1: {ansible_host: 10.1.1.1}}, vars: &v {ansible_user: b}}',
        '    a:',
        '      children:',
        '        c: {hosts: {m1: null, m2: {<<: *v, ansible_port: 2022}}}',
        '      vars: *v',
      ),
    ],
    [
      'YAML with names alone',
      'h.yml',
      lines('web:', '  hosts: one', 'db:', '  hosts:', '    two:', '      ansible_user: "x"'),
    ],
  ])('%s give the same targets', async (_, fileName, text) => {
    const list = readTargetList(fileName, text)
    expect(list.problems).toEqual([])
    expect([...list.include].sort()).toEqual([...new Set(await asked(fileName, text))])
  })

  test('random groups and variables give the same targets', async () => {
    const group = fc.constantFrom('ga', 'gb', 'gc', 'gd')
    const variable = fc.constantFrom(
      'ansible_user=u1',
      'ansible_user="u2"',
      "ansible_user = 'u3'",
      'ansible_port=2201',
      'ansible_port = 2202',
      'ansible_group_priority=3',
    )
    const host = fc.tuple(
      fc.constantFrom('h1', 'h2', 'h[3:5]', 'x-[a:c]', 'h6:2222'),
      fc.option(
        fc.constantFrom(
          'ansible_user=me',
          'ansible_port="99"',
          'ansible_host=10.9.9.9',
          'ansible_connection=local',
          'foo="a b" # c',
        ),
      ),
    )
    const inventory = fc.record({
      hosts: fc.array(fc.tuple(group, host), { minLength: 1, maxLength: 8 }),
      vars: fc.array(fc.tuple(group, variable), { maxLength: 6 }),
      edges: fc.array(fc.constantFrom('ga>gb', 'ga>gc', 'gb>gd', 'gc>gd', 'gb>gc'), { maxLength: 4 }),
    })
    await fc.assert(
      fc.asyncProperty(inventory, async ({ hosts, vars, edges }) => {
        const text = lines(
          ...['ga', 'gb', 'gc', 'gd'].map((group) => `[${group}]`),
          ...hosts.flatMap(([group, [pattern, settings]]) => [`[${group}]`, `${pattern} ${settings ?? ''}`]),
          ...vars.flatMap(([group, variable]) => [`[${group}:vars]`, variable]),
          ...edges.flatMap((edge) => [`[${edge.split('>')[0]}:children]`, edge.split('>')[1]!]),
        )
        const list = readTargetList('h.ini', text)
        expect(list.problems).toEqual([])
        expect([...list.include].sort()).toEqual([...new Set(await asked('h.ini', text))])
      }),
      { numRuns: 8 },
    )
  })
})
