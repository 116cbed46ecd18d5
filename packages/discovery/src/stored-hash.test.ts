import type { CredentialWishes } from '@rollcall/contract'
import { expect, test } from 'vitest'
import type { KeyedDigest } from './probe.ts'
import localPasswords from './probes/local-passwords.ts'
import { comparedSection, scanHost } from './scan.ts'
import type { HashVerdict } from './stored-hash.ts'
import { exampleHost, exampleTools } from './testing/example-host.ts'

const HASH = '$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/'
const files = { '/etc/shadow': `carol:!${HASH}:0:0:90:7:30:20818:\nsshd:!:19738::::::\nbob:${HASH}:19738::::::\n` }
const keyedDigest: KeyedDigest = (secret) => `digest-of-${secret.length}`

const scan = async (credentials?: CredentialWishes) => {
  const wishes = credentials === undefined ? {} : { credentials }
  const { sections } = await scanHost(exampleHost({ files }).host, [localPasswords], {
    ...exampleTools,
    keyedDigest,
    wishes,
  })
  return sections[0]!
}

const WISHED = { compareHashes: { secondsPerHost: 1 } }

test('no hash is given for comparing unless that is wished', async () => {
  for (const wishes of [undefined, {}, { compareHashes: { secondsPerHost: 0 } }, { ...WISHED, off: true }])
    expect((await scan(wishes)).hashes).toBeUndefined()
})

test('hashes of the shadow file are given with their account, and show in no copy', async () => {
  const { hashes = [], ...section } = await scan(WISHED)
  expect(hashes.map(({ reveal, account, scheme }) => [reveal(), account, scheme])).toEqual([
    [HASH, 'carol', 'md5crypt'],
    [HASH, 'bob', 'md5crypt'],
  ])
  expect(JSON.stringify({ hashes, section })).not.toContain('saltsalt')
})

test('what comparing told stands on the finding of that account only; what was not compared is a note', async () => {
  const section = await scan(WISHED)
  const verdicts: HashVerdict[] = [
    { state: 'compared', weaknesses: ['common'] },
    { state: 'unfinished', weaknesses: [] },
  ]
  const { findings, outcome, ...rest } = comparedSection(section, verdicts, keyedDigest)
  expect(findings.map((finding) => finding.kind === 'credential' && [finding.account, finding.weaknesses])).toEqual([
    ['carol', ['common']],
    ['sshd', undefined],
    ['bob', undefined],
  ])
  expect(outcome.status).toBe(section.outcome.status)
  expect(outcome.reasons).toContainEqual({
    code: 'not-compared',
    detail: 'hashes, since the time for it was over',
    count: 1,
  })
  expect(rest).toEqual({ probe: 'local-passwords' })
})

test('schemes that are not supported are told by name', async () => {
  const verdict: HashVerdict = { state: 'unsupported', weaknesses: [] }
  const { outcome } = comparedSection(await scan(WISHED), [verdict, verdict], keyedDigest)
  expect(outcome.reasons).toContainEqual({ code: 'not-compared', detail: 'hashes of the scheme md5crypt', count: 2 })
})
