import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** An authority of a lab, in files below a folder. */
export interface LabAuthority {
  /** Its certificate as PEM. */
  readonly file: string
  /** A key and a certificate for a name and an address; also for a client, where `use` says so. */
  issue(name: string, dnsName: string, address: string, use?: 'serverAuth' | 'clientAuth'): LabCertificate
}

export interface LabCertificate {
  readonly certificate: string
  readonly key: string
}

const openssl = (...args: readonly string[]) => execFileSync('openssl', args, { stdio: ['ignore', 'pipe', 'ignore'] })

/** Makes an authority that is good for a day. */
export const labAuthority = (folder: string): LabAuthority => {
  mkdirSync(folder, { recursive: true })
  const [file, key] = [join(folder, 'authority.pem'), join(folder, 'authority.key')]
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-sha256']
  const extensions = ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign,cRLSign']
  const self = ['-x509', '-days', '1', '-subj', '/CN=Authority of the lab', '-keyout', key, '-out', file]
  openssl('req', ...self, ...curve, ...extensions.flatMap((extension) => ['-addext', extension]))
  return {
    file,
    issue(name, dnsName, address, use = 'serverAuth') {
      const made = { certificate: join(folder, `${name}.pem`), key: join(folder, `${name}.key`) }
      const [request, wanted] = [join(folder, `${name}.csr`), join(folder, `${name}.ext`)]
      writeFileSync(
        wanted,
        `subjectAltName=DNS:${dnsName},IP:${address}\nextendedKeyUsage=${use}\nkeyUsage=digitalSignature\n`,
      )
      openssl('req', ...curve, '-subj', `/CN=${dnsName}`, '-keyout', made.key, '-out', request)
      const signing = ['-CA', file, '-CAkey', key, '-CAcreateserial', '-days', '1', '-sha256', '-extfile', wanted]
      openssl('x509', '-req', '-in', request, ...signing, '-out', made.certificate)
      return made
    },
  }
}
