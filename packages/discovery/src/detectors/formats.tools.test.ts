import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { detect, type Detected } from './detect.ts'

/** What real programs write is found: where they write it, whom it opens, and byte for byte what they were given. */
describe('beside the programs that write the files', () => {
  const home = mkdtempSync(join(tmpdir(), 'rollcall-stored-'))
  afterAll(() => rmSync(home, { recursive: true, force: true }))

  const run = (program: string, args: readonly string[], input = '') =>
    spawnSync(program, args, {
      input,
      encoding: 'utf8',
      cwd: home,
      env: {
        HOME: home,
        GNUPGHOME: join(home, '.gnupg'),
        LC_ALL: 'C',
        PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
        GIT_CONFIG_NOSYSTEM: '1',
      },
    })

  const missing = (program: string) => !existsSync(join('/usr/bin', program))

  /** What is found in a file of the home, each with the text that it stands for. */
  const found = (path: string): (Detected & { readonly secretText: string })[] => {
    const bytes = new Uint8Array(readFileSync(join(home, path)))
    const values: string[] = []
    const keyedDigest = (value: string) => `${values.push(value) - 1}`
    return detect(`/root/${path}`, bytes, { keyedDigest }).found.map((one) => ({
      ...one,
      secretText: one.digest === undefined ? '' : (values[Number(one.digest)] ?? ''),
    }))
  }

  const SECRET = 'Oak-leaf.7%&/"x; #y'

  test.skipIf(missing('git'))('git credential-store writes a login that is read again as it was given', () => {
    run(
      'git',
      ['credential-store', 'store'],
      `protocol=https\nhost=git.example.org:8443\nusername=alice@example.org\npassword=${SECRET}\n\n`,
    )
    expect(found('.git-credentials')).toMatchObject([
      { account: 'alice@example.org', system: 'git.example.org:8443', secretText: SECRET, detector: 'git-credentials' },
    ])
  })

  test.skipIf(missing('git'))('git config writes passwords as they are read, however they are quoted', () => {
    run('git', ['config', '--global', 'sendemail.smtpPass', SECRET])
    run('git', ['config', '--global', 'sendemail.smtpUser', 'alice'])
    run('git', ['config', '--global', 'remote.origin.url', 'https://bob:rowan-19@git.example.org/x'])
    expect(found('.gitconfig')).toMatchObject([
      { account: 'alice', secretText: SECRET, name: 'sendemail.smtppass' },
      { account: 'bob', system: 'git.example.org', secretText: 'rowan-19' },
    ])
  })

  test.skipIf(missing('npm'))('npm config writes a token for a registry', () => {
    run('npm', [
      'config',
      'set',
      '--location=user',
      '//npm.example.org/:_authToken=oak-leaf-7-rowan',
      '//npm.example.net/:_auth=Ym9iOmJpcmNoLTEy',
    ])
    expect(found('.npmrc').toSorted((a, b) => a.system!.localeCompare(b.system!))).toMatchObject([
      { system: 'npm.example.net', account: 'bob', secretText: 'birch-12' },
      { system: 'npm.example.org', secretText: 'oak-leaf-7-rowan', secret: 'token' },
    ])
  })

  test.skipIf(missing('wg'))('keys that wg makes are found in the settings and in files of their own', () => {
    const key = run('wg', ['genkey']).stdout.trim()
    const shared = run('wg', ['genpsk']).stdout.trim()
    const open = run('wg', ['pubkey'], `${key}\n`).stdout.trim()
    write(
      'wireguard/wg0.conf',
      `[Interface]\nPrivateKey = ${key}\n[Peer]\nPublicKey = ${open}\nPresharedKey = ${shared}\nEndpoint = 192.0.2.1:51820\n`,
    )
    write('wireguard/wg0.key', `${key}\n`)
    write('wireguard/wg0.pub', `${open}\n`)
    expect(found('wireguard/wg0.conf')).toMatchObject([
      { name: 'PrivateKey', value: 'key', secretText: key },
      { name: 'PresharedKey', value: 'key', secretText: shared, account: open, system: '192.0.2.1:51820' },
    ])
    expect(found('wireguard/wg0.key')).toMatchObject([{ secretText: key, value: 'key' }])
    expect(found('wireguard/wg0.pub')).toEqual([])
  })

  test.skipIf(missing('age-keygen'))('identities that age-keygen makes are found, their public halves are not', () => {
    run('age-keygen', ['-o', 'identity.txt'])
    const key = /AGE-SECRET-KEY-\S+/.exec(readFileSync(join(home, 'identity.txt'), 'utf8'))?.[0]
    expect(found('identity.txt')).toMatchObject([{ secretText: key, detector: 'age', value: 'key' }])
  })

  describe.skipIf(missing('openssl'))('openssl', () => {
    const key = (name: string, ...args: readonly string[]) => {
      run('openssl', [...args, '-out', name])
      return found(name)
    }

    test('writes keys that are told with or without a passphrase', () => {
      expect(key('rsa.pem', 'genpkey', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:1024')).toMatchObject([
        { secret: 'private-key', value: 'key', line: 1 },
      ])
      expect(key('rsa-traditional.pem', 'rsa', '-in', 'rsa.pem', '-traditional')).toMatchObject([{ value: 'key' }])
      expect(key('ec.pem', 'ecparam', '-name', 'prime256v1', '-genkey', '-noout')).toMatchObject([{ value: 'key' }])
      expect(key('locked.pem', 'pkcs8', '-topk8', '-in', 'rsa.pem', '-passout', 'pass:oak')).toMatchObject([
        { value: 'encrypted' },
      ])
      expect(
        key('locked-old.pem', 'rsa', '-aes128', '-traditional', '-in', 'rsa.pem', '-passout', 'pass:oaks'),
      ).toMatchObject([{ value: 'encrypted' }])
      expect(key('public.pem', 'pkey', '-in', 'rsa.pem', '-pubout')).toEqual([])
    })

    test('writes the same in DER, and PKCS#12', () => {
      run('openssl', ['genpkey', '-algorithm', 'ED25519', '-out', 'ed.pem'])
      run('openssl', ['ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', 'ec.pem'])
      run('openssl', ['req', '-x509', '-key', 'ec.pem', '-subj', '/CN=a', '-out', 'ec.crt', '-days', '1'])
      expect(key('ed.der', 'pkey', '-in', 'ed.pem', '-outform', 'DER')).toMatchObject([
        { value: 'key', secret: 'private-key' },
      ])
      expect(key('ec.der', 'ec', '-in', 'ec.pem', '-outform', 'DER')).toMatchObject([{ value: 'key' }])
      expect(key('ed.p8', 'pkcs8', '-topk8', '-in', 'ed.pem', '-outform', 'DER', '-passout', 'pass:oak')).toMatchObject(
        [{ value: 'encrypted' }],
      )
      expect(
        key('ec.p12', 'pkcs12', '-export', '-inkey', 'ec.pem', '-in', 'ec.crt', '-passout', 'pass:oak'),
      ).toMatchObject([{ value: 'encrypted', secret: 'store', scheme: 'pkcs12' }])
      expect(key('ec.crt.der', 'x509', '-in', 'ec.crt', '-outform', 'DER')).toEqual([])
    })
  })

  test.skipIf(missing('ssh-keygen'))('ssh-keygen writes keys in PEM and in its own format', () => {
    for (const [name, format, passphrase, value] of [
      ['a', 'PEM', '', 'key'],
      ['b', 'PEM', 'oak-leaf', 'encrypted'],
      ['c', 'RFC4716', '', 'key'],
      ['d', 'RFC4716', 'oak-leaf', 'encrypted'],
      ['e', 'PKCS8', '', 'key'],
    ] as const) {
      run('ssh-keygen', ['-q', '-t', 'ecdsa', '-m', format, '-N', passphrase, '-f', name])
      expect([name, ...found(name).map((one) => one.value)]).toEqual([name, value])
      expect(found(`${name}.pub`)).toEqual([])
    }
  })

  test.skipIf(missing('gpg'))('gpg exports keys with a passphrase and without', () => {
    mkdirSync(join(home, '.gnupg'), { mode: 0o700 })
    for (const [name, passphrase, value] of [
      ['open', '', 'key'],
      ['locked', 'oak-leaf-7', 'encrypted'],
    ] as const) {
      const pass = ['--batch', '--pinentry-mode', 'loopback', '--passphrase', passphrase]
      run('gpg', [...pass, '--quick-generate-key', `${name}@example.org`, 'ed25519', 'sign', 'never'])
      run('gpg', [...pass, '--armor', '--output', `${name}.asc`, '--export-secret-keys', `${name}@example.org`])
      expect([name, ...found(`${name}.asc`).map((one) => one.value)]).toEqual([name, value])
    }
    const kept = readdirSync(join(home, '.gnupg/private-keys-v1.d'))
    expect(
      kept.flatMap((name) => found(`.gnupg/private-keys-v1.d/${name}`).map(({ value }) => value)).toSorted(),
    ).toEqual(['encrypted', 'key'])
    run('gpgconf', ['--kill', 'all'])
  })

  describe.skipIf(missing('keytool'))('keytool', () => {
    const make = (file: string, type: string) =>
      run('keytool', [
        '-genkeypair',
        '-alias',
        'a',
        '-keyalg',
        'EC',
        '-dname',
        'CN=a',
        '-storetype',
        type,
        '-keystore',
        file,
        '-storepass',
        'changeit',
        '-keypass',
        'changeit',
      ])

    test('writes keystores of three kinds that are told with their kind', () => {
      for (const [file, type, scheme] of [
        ['a.jks', 'JKS', 'jks'],
        ['keystore', 'JCEKS', 'jceks'],
        ['a.pfx', 'PKCS12', 'pkcs12'],
      ] as const) {
        make(file, type)
        expect([file, ...found(file).map((one) => one.scheme)]).toEqual([file, scheme])
      }
    })
  })

  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(home, path)), { recursive: true })
    writeFileSync(join(home, path), text)
  }
})
