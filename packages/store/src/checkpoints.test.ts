import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openStore } from './open.ts'

const MIB = 1024 * 1024

test(
  'what is written goes on into the file while more is written, and nothing of it is lost',
  { timeout: 60_000 },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rollcall-checkpoints-'))
    try {
      const file = join(folder, 'store.db')
      const size = async (name: string) => (await stat(name)).size
      const report = crypto.randomUUID()
      const part = (index: number) => ({
        report,
        agent: 'a',
        target: 'ldaps://dc:636' as const,
        probe: 'directory-accounts',
        index,
        findings: [
          { kind: 'setting' as const, subject: 'directory' as const, name: `n${index}`, values: ['x'.repeat(MIB)] },
        ],
      })
      let longest = 0
      {
        await using store = await openStore({ file })
        for (let index = 0; index < 220; index++) {
          await store.reportParts.keep(part(index), '2026-01-01T00:00:00.000Z')
          longest = Math.max(longest, await size(`${file}-wal`))
        }
      }
      expect(longest).toBeLessThan(180 * MIB)
      expect(await size(file)).toBeGreaterThan(220 * MIB)
      await using store = await openStore({ file })
      expect((await store.reportParts.kept(report)).get('directory-accounts')?.size).toBe(220)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
)
