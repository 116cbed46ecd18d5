import type { DirectoryMake } from '../directory-make.ts'
import { look389, SECTIONS_389 } from '../formats/ldap/look-389.ts'

const ds389: DirectoryMake = {
  id: '389-ds',
  title: '389 Directory Server',
  rank: 10,
  recognises: (root) =>
    root.text('vendorname')?.toLowerCase() === '389 project' ||
    /^389-Directory\//i.test(root.text('vendorversion') ?? ''),
  sections: SECTIONS_389,
  // One that holds the tree of FreeIPA, and whose root entry does not say so, is looked at as that.
  look: look389,
}

export default ds389
