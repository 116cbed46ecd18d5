import { describeReason, type Outcome, type Reason } from '@rollcall/contract'

/** Scopes in which a way may be told. */
const WAYS: ReadonlySet<string> = new Set([
  'directory-accounts',
  'directory-computers',
  'directory-groups',
  'directory-rights',
  'directory-certificates',
  'directory-servers',
])

/** Attributes that tell of ways. Others may be hidden without anything being hidden of who can take a directory over. */
const TELLING_ATTRIBUTES =
  /^(?:entry|member|memberuid|uniquemember|memberof|memberurl|primarygroupid|objectsid|sidhistory|ntsecuritydescriptor|useraccountcontrol|msds-allowedto.*|msds-groupmsamembership|msds-managedaccountprecededbylink|msds-delegatedmsastate|gplink|gpoptions|nsrole.*|aci|olcaccess|olcrootdn|roleoccupant)$/i

/** What could tell of a way and was not read, as sentences. */
export const hiddenWays = (scopes: readonly { readonly probe: string; readonly outcome: Outcome }[]): string[] => {
  const told = scopes
    .filter(({ probe, outcome }) => WAYS.has(probe) && outcome.status !== 'complete')
    .flatMap(({ probe, outcome: { status, reasons } }) => {
      const hiding = reasons.filter(hidesWays)
      if (hiding.length === 0)
        return reasons.length === 0 ? [`${titled(probe)} were not read completely (${status})`] : []
      return hiding.slice(0, 5).map((reason) => `${titled(probe)}: ${sentence(reason)}`)
    })
  const missing = ['directory-groups', 'directory-rights'].filter((needed) =>
    scopes.every(({ probe }) => probe !== needed),
  )
  return [...told, ...missing.map((probe) => `${titled(probe)} were not looked at`)]
}

const hidesWays = ({ code, detail = '', path = '' }: Reason): boolean => {
  if (code === 'not-over-ldap' || detail === 'deleted entries') return false
  if (code !== 'attribute-denied' && code !== 'attribute-unknown') return true
  // One word names an attribute; more of them say what is not known otherwise.
  const name = detail === '' ? path : detail
  return !/^[a-z][\w.;-]*$/i.test(name) || TELLING_ATTRIBUTES.test(name)
}

const sentence = ({ code, detail, path }: Reason) =>
  `${path === undefined ? '' : `${path}: `}${describeReason(code)}${detail === undefined ? '' : ` (${detail})`}`

/** `directory-groups` is `groups`. */
const titled = (probe: string) => probe.replace(/^directory-/, '').replaceAll('-', ' ')
