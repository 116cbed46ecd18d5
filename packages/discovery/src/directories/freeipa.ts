import type { DirectoryMake } from '../directory-make.ts'
import type { DirectoryEntry } from '../directory.ts'
import { look389, SECTIONS_389 } from '../formats/ldap/look-389.ts'

/** The arc of FreeIPA's own operations, such as the one that hands out keytabs. */
const OPERATIONS = '2.16.840.1.113730.3.8.10.'

const freeipa: DirectoryMake = {
  id: 'freeipa',
  title: 'FreeIPA',
  rank: 20,
  recognises: (root: DirectoryEntry) =>
    root.text('vendorname')?.toLowerCase() === '389 project' &&
    (root.text('ipadomainlevel') !== undefined ||
      root.text('ipatopologypluginversion') !== undefined ||
      root.texts('supportedextension').some((oid) => oid.startsWith(OPERATIONS)) ||
      root.texts('namingcontexts').some((context) => context.toLowerCase() === 'o=ipaca')),
  sections: SECTIONS_389,
  look: look389,
}

export default freeipa
