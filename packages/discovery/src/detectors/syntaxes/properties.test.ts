import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { properties } from './properties.ts'
import { seen } from './syntaxes.example.ts'

describe('properties', () => {
  test('have the parts of their names as keys', () => {
    expect(seen(properties, 'db.user=root\ndb.password : oak-leaf-7\n#db.token=no\n! a note: none\n')).toEqual([
      ['db/user', 'root'],
      ['db/password', 'oak-leaf-7'],
      ['db/token', 'no', 'commented'],
    ])
  })

  test('of the same beginning are one group, within that of the shorter one', () => {
    const [a, b, c] = [...properties('a.x.u=1\na.x.p=2\na.h=3\n')]
    expect([b?.group, b?.outer?.[0]]).toEqual([a?.group, c?.group])
  })
})

let root: string
beforeAll(() => void (root = mkdtempSync(join(tmpdir(), 'rollcall-properties-'))))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const JAVA = '/usr/bin/java'

test.skipIf(!existsSync(JAVA))('agree with java.util.Properties', { timeout: 60_000 }, () => {
  const texts = fc.sample(
    fc
      .array(
        fc.constantFrom(
          'a',
          'b.c',
          '=',
          ' = ',
          ':',
          ' ',
          '\t',
          '\\',
          '\\\\',
          '\\\n',
          '\\\n  ',
          '\n',
          '\r\n',
          '#',
          '\n#',
          '\\u0041',
          '\\=',
          '\\n',
        ),
        { maxLength: 14 },
      )
      .map((parts) => parts.join('')),
    { numRuns: 800, seed: 7 },
  )
  const source = join(root, 'Read.java')
  writeFileSync(
    source,
    `import java.util.*; import java.io.*; import java.nio.file.*;
public class Read { public static void main(String[] a) throws Exception {
  for (String line : Files.readAllLines(Paths.get(a[0]))) {
    StringBuilder out = new StringBuilder();
    try {
      Properties p = new Properties();
      p.load(new StringReader(new String(Base64.getDecoder().decode(line), "UTF-8")));
      for (String k : new TreeSet<String>(p.stringPropertyNames())) if (!k.isEmpty()) out.append(k).append("\\u0000").append(p.getProperty(k)).append("\\u0001");
    } catch (IllegalArgumentException e) { out.append("?"); }
    System.out.println(Base64.getEncoder().encodeToString(out.toString().getBytes("UTF-8")));
  } } }`,
  )
  const list = join(root, 'list')
  writeFileSync(list, texts.map((text) => Buffer.from(text).toString('base64')).join('\n'))
  const theirs = execFileSync(JAVA, [source, list], { encoding: 'utf8' }).split('\n')
  for (const [index, text] of texts.entries()) {
    const their = Buffer.from(theirs[index]!, 'base64').toString()
    if (their === '?') continue
    const ours = new Map([...properties(text)].filter((e) => !e.commented).map((e) => [e.keys.join('.'), e.value]))
    const told = [...ours].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => `${key}\0${value}\u0001`)
    expect([text, told.join('')]).toEqual([text, their])
  }
})
