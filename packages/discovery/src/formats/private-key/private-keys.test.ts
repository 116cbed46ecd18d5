import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { examplePoint } from '../../testing/example-host.ts'
import { readPrivateKeys, type PrivateKey } from './private-keys.ts'
import { fingerprintOfBlob } from '../ssh-keys/public-key.ts'

const sha256 = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest())
const readKeys = (bytes: Uint8Array, maybeDropbear = false) => readPrivateKeys(bytes, examplePoint, maybeDropbear)
const here = (tool: string) => spawnSync('which', [tool]).status === 0
const PASSPHRASE = 'a passphrase nobody else has'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'private-key-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const ran = (command: string, ...args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`)
  return stdout
}
const at = (name: string) => join(folder, name)
const read = (name: string, maybeDropbear = false) => readKeys(readFileSync(at(name)), maybeDropbear)
const only = (name: string, maybeDropbear = false): PrivateKey => {
  const { keys, malformed } = read(name, maybeDropbear)
  expect(malformed).toEqual([])
  expect(keys).toHaveLength(1)
  return keys[0]!
}
const fingerprint = ({ publicKey }: PrivateKey) => publicKey && fingerprintOfBlob(publicKey.blob, sha256)
const told = (name: string) => ran('ssh-keygen', '-l', '-f', at(name)).split(' ')

/** As ssh-keygen makes it, with its own fingerprint. */
const made = (name: string, type: string, bits: number | undefined, ...more: readonly string[]) => {
  const size = bits === undefined ? [] : ['-b', String(bits)]
  ran('ssh-keygen', '-q', '-t', type, ...size, '-C', 'who made it', '-f', at(name), ...more)
  const [length, print] = told(`${name}.pub`)
  return { bits: Number(length), print }
}

const KINDS = [
  ['rsa', 2048, 'ssh-rsa'],
  ['rsa', 1024, 'ssh-rsa'],
  ['dsa', undefined, 'ssh-dss'],
  ['ecdsa', 256, 'ecdsa-sha2-nistp256'],
  ['ecdsa', 384, 'ecdsa-sha2-nistp384'],
  ['ecdsa', 521, 'ecdsa-sha2-nistp521'],
  ['ed25519', undefined, 'ssh-ed25519'],
] as const

describe.each(KINDS)('a key of type %s %s', (type, bits, algorithm) => {
  const size = bits ?? ''

  test('in the format of OpenSSH is known by its fingerprint, with a passphrase too; the comment only without', () => {
    const plain = made(`o-${type}${size}`, type, bits, '-N', '')
    expect(only(`o-${type}${size}`)).toMatchObject({
      format: 'openssh',
      passphrase: 'no',
      algorithm,
      comment: 'who made it',
      line: 1,
    })
    expect(fingerprint(only(`o-${type}${size}`))).toBe(plain.print)
    expect(only(`o-${type}${size}`).publicKey?.bits).toBe(plain.bits)
    const locked = made(`oe-${type}${size}`, type, bits, '-N', PASSPHRASE)
    expect(only(`oe-${type}${size}`)).toMatchObject({ format: 'openssh', passphrase: 'yes', algorithm })
    expect(only(`oe-${type}${size}`)).not.toHaveProperty('comment')
    expect(fingerprint(only(`oe-${type}${size}`))).toBe(locked.print)
  })

  // OpenSSH writes Ed25519 keys in its own format alone.
  const forms = type === 'ed25519' ? [] : ['PEM', 'PKCS8']
  test.each(forms)('in the form %s is known by its fingerprint, unless encrypted', (form) => {
    const format = { rsa: 'pkcs1', dsa: 'dsa-pem', ecdsa: 'sec1', ed25519: 'openssh' }[type]
    const name = `${form}-${type}${size}`
    const plain = made(name, type, bits, '-N', '', '-m', form)
    expect(only(name)).toMatchObject({ format: form === 'PEM' ? format : 'pkcs8', passphrase: 'no', algorithm })
    expect(fingerprint(only(name))).toBe(plain.print)
    made(`${name}e`, type, bits, '-N', PASSPHRASE, '-m', form)
    expect(only(`${name}e`)).toMatchObject({ format: form === 'PEM' ? format : 'pkcs8', passphrase: 'yes' })
    expect(only(`${name}e`).publicKey).toBeUndefined()
  })

  test.skipIf(!here('puttygen'))('in the formats of PuTTY and ssh.com is known as puttygen knows it', () => {
    made(`p-${type}${size}`, type, bits, '-N', '')
    const ppk = at(`p-${type}${size}.ppk`)
    ran('puttygen', at(`p-${type}${size}`), '-q', '-O', 'private', '-o', ppk)
    const passphrase = at('passphrase')
    ran('sh', '-c', `printf %s '${PASSPHRASE}' > ${passphrase}`)
    for (const [output, version] of [
      ['private', '2'],
      ['private', '3'],
      ['private-openssh', undefined],
      ['private-openssh-new', undefined],
      ['private-sshcom', undefined],
    ] as const) {
      if (output === 'private-sshcom' && type !== 'rsa' && type !== 'dsa') continue
      const print = told(`p-${type}${size}.pub`)[1]
      for (const locked of [false, true]) {
        const name = `${output}${version ?? ''}-${type}${size}${locked ? 'e' : ''}`
        const param = version === undefined ? [] : ['--ppk-param', `version=${version}`]
        const lock = locked ? ['--new-passphrase', passphrase] : []
        ran(
          'puttygen',
          output === 'private' ? at(`p-${type}${size}`) : ppk,
          '-q',
          '-O',
          output,
          ...param,
          ...lock,
          '-o',
          at(name),
        )
        const key = only(name)
        expect(key.passphrase).toBe(locked ? 'yes' : 'no')
        const hidden =
          locked && (output === 'private-sshcom' || key.format === 'pkcs1' || /pem|sec1|pkcs8/.test(key.format))
        expect(fingerprint(key)).toBe(hidden ? undefined : print)
        if (output === 'private') expect(key).toMatchObject({ format: `putty-${version}`, comment: 'who made it' })
        if (output === 'private-sshcom') expect(key).toMatchObject({ format: 'ssh.com', algorithm })
      }
    }
  })
})

const DROPBEARKEY = 'dropbearkey'

describe.skipIf(!here(DROPBEARKEY))('a key file of Dropbear', () => {
  test.each([
    ['rsa', '2048'],
    ['ecdsa', '256'],
    ['ecdsa', '521'],
    ['ed25519', '256'],
    ['dss', '1024'],
  ])('of type %s %s is known as dropbearkey knows it', (type, size) => {
    const name = `dropbear-${type}${size}`
    const output = spawnSync(DROPBEARKEY, ['-t', type, '-s', size, '-f', at(name)], { encoding: 'utf8' })
    // Some builds have no DSA.
    if (output.status !== 0) return
    const line = ran(DROPBEARKEY, '-y', '-f', at(name))
      .split('\n')
      .find((one) => /^(ssh|ecdsa)-/.test(one))!
    const print = spawnSync('ssh-keygen', ['-l', '-f', '-'], { input: line, encoding: 'utf8' }).stdout.split(' ')[1]
    expect(only(name, true)).toMatchObject({ format: 'dropbear', passphrase: 'no' })
    expect(fingerprint(only(name, true))).toBe(print)
    expect(read(name, false).keys).toEqual([])
  })
})

describe.skipIf(!existsSync('/usr/bin/openssl'))('what openssl makes', () => {
  const make = (name: string, ...args: readonly string[]) => ran('openssl', ...args, '-out', at(name))

  test('of algorithms that SSH has not is told to be so', () => {
    make('x25519', 'genpkey', '-algorithm', 'X25519')
    expect(only('x25519')).toMatchObject({ algorithm: 'x25519', sshUsable: false })
    make('k1', 'ecparam', '-genkey', '-noout', '-name', 'secp256k1')
    expect(only('k1')).toMatchObject({ format: 'sec1', algorithm: 'ec 1.3.132.0.10', sshUsable: false })
    make('pss', 'genpkey', '-algorithm', 'RSA-PSS', '-pkeyopt', 'rsa_keygen_bits:2048')
    expect(only('pss')).toMatchObject({ algorithm: 'rsa-pss', sshUsable: false })
  })

  /** ssh-keygen reads Ed25519 of this form since OpenSSH 9.6 only, so its public half is handed to it as OpenSSL tells it. */
  const printOf = (name: string) => {
    const der = spawnSync('openssl', ['pkey', '-in', at(name), '-pubout', '-outform', 'DER']).stdout
    const type = Buffer.from('\0\0\0\x0bssh-ed25519\0\0\0\x20', 'latin1')
    const line = `ssh-ed25519 ${Buffer.concat([type, der.subarray(-32)]).toString('base64')}`
    return spawnSync('ssh-keygen', ['-l', '-f', '-'], { input: line, encoding: 'utf8' }).stdout.split(' ')[1]
  }

  test('for Ed25519 holds the seed alone, of which the fingerprint is computed', () => {
    for (const name of ['ed', 'ed2', 'ed3']) {
      make(name, 'genpkey', '-algorithm', 'ED25519')
      expect(only(name)).toMatchObject({ format: 'pkcs8', passphrase: 'no', algorithm: 'ssh-ed25519', sshUsable: true })
      expect(fingerprint(only(name))).toBe(printOf(name))
      expect(only(name).publicKey?.bits).toBe(256)
    }
  })

  describe.each(['prime256v1', 'secp384r1', 'secp521r1'])('on the curve %s', (curve) => {
    test.each([
      ['without the public half', ['-no_public']],
      ['with the public half packed', ['-conv_form', 'compressed']],
      ['with the numbers of the curve written out', ['-param_enc', 'explicit']],
      ['with neither name nor public half', ['-param_enc', 'explicit', '-no_public']],
    ])('%s is known as ssh-keygen knows it', (_, options) => {
      make(`${curve}-whole`, 'ecparam', '-genkey', '-noout', '-name', curve)
      const name = `${curve}${options.join('')}`
      make(name, 'ec', '-in', at(`${curve}-whole`), ...options)
      make(`${name}.p8`, 'pkcs8', '-topk8', '-nocrypt', '-in', at(name))
      chmodSync(at(`${curve}-whole`), 0o600)
      const line = ran('ssh-keygen', '-y', '-f', at(`${curve}-whole`))
      const print = spawnSync('ssh-keygen', ['-l', '-f', '-'], { input: line, encoding: 'utf8' }).stdout.split(' ')[1]
      expect([only(name).format, fingerprint(only(name))]).toEqual(['sec1', print])
      expect([only(`${name}.p8`).format, fingerprint(only(`${name}.p8`))]).toEqual(['pkcs8', print])
    })
  })

  test('on a curve of other numbers is for nobody to log in with', () => {
    make('brainpool', 'ecparam', '-genkey', '-noout', '-name', 'brainpoolP256r1', '-param_enc', 'explicit')
    expect(only('brainpool')).toMatchObject({ algorithm: 'ecdsa' })
    expect(only('brainpool').publicKey).toBeUndefined()
  })

  test('beside its certificate is told to have one', () => {
    make('ecparam', 'ecparam', '-genkey', '-name', 'prime256v1')
    ran('sh', '-c', `openssl req -x509 -new -key ${at('ecparam')} -subj /CN=x >> ${at('ecparam')} 2>/dev/null`)
    expect(read('ecparam')).toMatchObject({ certificate: true, keys: [{ format: 'sec1', line: 4 }] })
  })

  test('is found in JSON and YAML as well, several in one file too', () => {
    ran('openssl', 'genrsa', '-traditional', '-out', at('json'), '1024')
    const pem = readFileSync(at('json'), 'utf8')
    const json = new TextEncoder().encode(`{\n "a": 1, "private_key": ${JSON.stringify(pem)}, "b": 2 }`)
    expect(readKeys(json).keys).toEqual([{ ...only('json'), line: 2 }])
    const yaml = new TextEncoder().encode(
      `a: |\n${pem.replaceAll(/^/gm, '    ')}b: |\r\n${pem.replaceAll('\n', '\r\n')}`,
    )
    expect(readKeys(yaml).keys.map(({ line }) => line)).toEqual([2, pem.split('\n').length + 2])
    const xml = new TextEncoder().encode(`<a>\n  <privateKey>${pem.trimEnd()}</privateKey>\n</a>\n`)
    expect(readKeys(xml).keys).toEqual([{ ...only('json'), line: 2 }])
    const settings = new TextEncoder().encode(
      `KEY="${pem.trimEnd()}"\nKEY2='${pem.replaceAll('\n', String.raw`\n`)}'\n`,
    )
    expect(readKeys(settings).keys.map(({ line }) => line)).toEqual([1, pem.split('\n').length])
  })

  test('gives the same for RSA keys too short for SSH, so that copies are seen', () => {
    const made512 = spawnSync('openssl', ['genrsa', '-traditional', '-out', at('short'), '512'])
    // Some releases of openssl make none so short.
    expect(made512.status === 0 ? only('short').publicKey?.bits : 512).toBe(512)
  })
})

test.skipIf(!here('puttygen'))('a key of PuTTY without a comment is one all the same', () => {
  ran('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', at('silent'))
  ran('puttygen', at('silent'), '-q', '-O', 'private', '-o', at('silent.ppk'))
  expect(fingerprint(only('silent.ppk'))).toBe(told('silent.pub')[1])
  expect(only('silent.ppk')).not.toHaveProperty('comment')
})

test('text that only speaks of keys gives none; what looks like a key and is none is told by its line', () => {
  const speak = 'Paste it between\n-----BEGIN RSA PRIVATE KEY-----\n...\n-----END RSA PRIVATE KEY-----\n'
  expect(readKeys(new TextEncoder().encode(speak))).toEqual({ keys: [], certificate: false, malformed: [] })
  const broken = `\n-----BEGIN PRIVATE KEY-----\n${'QUJD'.repeat(16)}\n-----END PRIVATE KEY-----\n`
  expect(readKeys(new TextEncoder().encode(broken))).toEqual({ keys: [], certificate: false, malformed: [2] })
})

test('no byte of the private half is in what is told', () => {
  made('secret', 'ed25519', undefined, '-N', '')
  const bytes = readFileSync(at('secret'))
  const inside = Buffer.from(bytes.toString('latin1').replaceAll(/-----.*|\n/g, ''), 'base64')
  const key = only('secret')
  const seed = inside.subarray(inside.lastIndexOf('ssh-ed25519') + 11 + 4 + 32 + 4).subarray(0, 32)
  expect(Buffer.from(key.publicKey!.blob.buffer).includes(seed)).toBe(false)
  expect(key.publicKey!.blob.buffer.byteLength).toBe(key.publicKey!.blob.length)
})

test('any bytes, and any key with bytes changed or cut, give keys or nothing', () => {
  const samples = [
    'o-ed25519',
    'PEM-rsa1024',
    'PKCS8-ecdsa256',
    'PKCS8-dsa',
    'private2-rsa1024',
    'private-sshcom-dsa',
    'dropbear-rsa2048',
  ]
    .filter((name) => existsSync(at(name)))
    .map((name) => readFileSync(at(name)))
  fc.assert(
    fc.property(
      fc.nat(),
      fc.nat(),
      fc.nat({ max: 255 }),
      fc.boolean(),
      fc.boolean(),
      (which, where, value, cut, name) => {
        const sample = samples[which % samples.length]!
        const changed = sample.map((byte, index) => (index === where % sample.length ? value : byte))
        const { keys } = readKeys(cut ? sample.subarray(0, where % sample.length) : changed, name)
        expect(keys.length).toBeLessThanOrEqual(1)
      },
    ),
    { numRuns: 500 },
  )
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 500 }), fc.boolean(), (bytes, name) => {
      expect(readKeys(bytes, name).keys.length).toBeLessThanOrEqual(1)
    }),
  )
})
