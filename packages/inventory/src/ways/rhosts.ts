import type { FindingOf, Place, Reason } from '@rollcall/contract'
import { gapsOf, isComplete, type HostFacts } from '../host-facts.ts'
import { NOTHING, type Becoming, type KindOfWay } from './way.ts'

type Account = FindingOf<'account'>
type Setting = FindingOf<'setting'>

/**
 * Accounts that take whoever a trusted machine says it is, as rsh and rlogin do and sshd where it was told to. Files that no server
 * asks give nothing, and neither do lines that trust other machines only: who is there is not known here.
 */
export const rhostsWays: KindOfWay = {
  restsOn: [],
  ways(account, facts) {
    const { rservice, trust, unsure } = trustOf(facts)
    const becomes = trust.flatMap((line) => becoming(line, account, facts, rservice) ?? [])
    if (becomes.length === 0 && unsure.length === 0) return NOTHING
    return { paths: [], unsure, becomes }
  },
}

/** Lines told for one account at most. */
const MOST_LINES = 50

interface Trust {
  /** `rhosts`, `shosts`, `hosts.equiv`, `shosts.equiv`. */
  readonly file: string
  /** Whose file it is; that of the host opens all accounts but root. */
  readonly owner: string | undefined
  /** Whom it opens: one list for all who ask. */
  readonly opens: readonly Account[]
  /** `+`: every machine, the asker's own with them. Otherwise this one. */
  readonly host: string
  /** `+`: everybody; absent: who is called as the account is. */
  readonly user: string | undefined
  /** Lines that refuse may come before it. */
  readonly refuses: boolean
  readonly text: string
  readonly place: Place | undefined
}

interface HostTrust {
  /** The server that asks .rhosts and hosts.equiv, if one is started. */
  readonly rservice: FindingOf<'usage'> | undefined
  readonly trust: readonly Trust[]
  /** Files that could not be read, where a server asks them. */
  readonly unsure: readonly Reason[]
}

/** The same for all accounts, so it is worked out once for each host. */
const trustOf = (facts: HostFacts): HostTrust => {
  const known = hosts.get(facts)
  if (known !== undefined) return known
  const rservice = [...facts.services.values()].flat().find((usage) => usage.enabled !== false && isRService(usage))
  const trust = facts.trustedHosts.flatMap((file) => linesOf(file, facts)).slice(0, MOST_LINES)
  const asked = rservice !== undefined || sshdAsks(undefined, facts) === 'yes'
  const found = { rservice, trust, unsure: asked ? gapsOf(facts, 'rhosts') : [] }
  hosts.set(facts, found)
  return found
}

const hosts = new WeakMap<HostFacts, HostTrust>()

/** rexecd asks for a password, and is none of them. */
const isRService = ({ consumer, program = '', name = '' }: FindingOf<'usage'>) =>
  consumer === 'inetd-service' || consumer === 'systemd-unit'
    ? /(?:^|\/)(?:in\.)?r(?:sh|login)d$/.test(program) ||
      (consumer === 'inetd-service' && /^(?:shell|login)$/.test(name))
    : false

const linesOf = ({ name, values, account, place }: Setting, facts: HostFacts): Trust[] => {
  const owner = account === undefined ? undefined : facts.firstOfName.get(account)
  const opens =
    account === undefined
      ? [...facts.firstOfName.values()].filter(({ uid }) => uid !== 0)
      : owner === undefined
        ? []
        : [owner]
  const refuses = values.some((value) => /(?:^| )-/.test(value))
  return values.flatMap((text): Trust[] => {
    const [host = '', user] = text.split(' ', 2)
    if (!THIS_OR_ANY.test(host) || user?.startsWith('-') === true) return []
    return [{ file: name, owner: account, opens, host, user, refuses, text, place }]
  })
}

const THIS_OR_ANY = /^(?:\+|localhost(?:\.localdomain)?|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1)$/

const becoming = (
  { file, owner, opens: accounts, host, user, refuses, text, place }: Trust,
  account: Account,
  facts: HostFacts,
  rservice: FindingOf<'usage'> | undefined,
): Becoming | undefined => {
  // Without a user it opens what is called the same, which is the account itself.
  if (user !== '+' && user !== account.name) return undefined
  if (accounts.every((one) => one === account)) return undefined
  const byR = rservice !== undefined && (file === 'rhosts' || file === 'hosts.equiv')
  const bySsh = sshdAsks(owner, facts, file)
  if (!byR && bySsh === 'no') return undefined
  const who = owner === undefined ? 'every account but root' : owner
  const sentence = `By ${byR ? 'rsh or rlogin' : 'SSH'} it logs in as ${who}, which trusts ${host === '+' ? 'every machine' : 'this machine'} about who somebody is.`
  const doubt = byR
    ? refuses
      ? 'whether a line that refuses comes first is not known'
      : undefined
    : bySsh === 'unknown'
      ? "whether sshd takes a machine's word could not be looked at"
      : 'sshd takes the word only of machines whose host key it knows'
  return {
    via: 'rhosts',
    password: 'none',
    accounts,
    sentence,
    steps: [
      { sentence: `${place?.path ?? file} says ${text}`, ...(place === undefined ? {} : { place }) },
      ...(byR
        ? [{ sentence: `${rservice.name ?? 'the server'} asks that file`, place: rservice.place }]
        : [{ sentence: "sshd's HostbasedAuthentication is yes", ...placeOf('hostbasedauthentication', owner, facts) }]),
    ],
    ...(doubt === undefined
      ? {}
      : {
          doubt: {
            code: 'unsupported',
            ...(place === undefined
              ? {}
              : { path: place.path, ...(place.line === undefined ? {} : { line: place.line }) }),
            detail: `${who} may be open by ${file}: ${doubt}`.slice(0, 500),
          },
        }),
  }
}

/** Whether sshd asks such a file of an account (sshd_config(5), HostbasedAuthentication and IgnoreRhosts). */
const sshdAsks = (owner: string | undefined, facts: HostFacts, file?: string): 'yes' | 'no' | 'unknown' => {
  const value = (name: string) => settingOf(name, owner, facts)?.values[0]?.toLowerCase()
  const takes = value('hostbasedauthentication')
  if (takes === undefined) return isComplete(facts, 'sshd-settings') ? 'no' : 'unknown'
  if (takes !== 'yes') return 'no'
  const ignores = value('ignorerhosts') ?? 'yes'
  if (file === 'rhosts') return ignores === 'no' ? 'yes' : 'no'
  if (file === 'shosts') return ignores === 'yes' ? 'no' : 'yes'
  return 'yes'
}

/** That of the account before that of everyone; a condition that may hold counts. */
const settingOf = (name: string, owner: string | undefined, facts: HostFacts): Setting | undefined => {
  const of = (account: string | undefined) => facts.sshd.get(account)?.filter((setting) => setting.name === name) ?? []
  const all = [...(owner === undefined ? [] : of(owner)), ...of(undefined)]
  return all.find(({ condition, values }) => condition !== undefined && values[0] === 'yes') ?? all[0]
}

const placeOf = (name: string, owner: string | undefined, facts: HostFacts): { place?: Place } => {
  const place = settingOf(name, owner, facts)?.place
  return place === undefined ? {} : { place }
}
