import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { accountsOf, fateOf, isThere, lastRound, type Size } from './estate.ts'

/** What the inventory has of a fleet, held against what was true of it. All counts but the first two are to be 0. */
export interface Compared {
  readonly looks: number
  readonly accounts: number
  /** Looks, words on a run, hosts and accounts that were handed over for good and are not there. */
  readonly lost: number
  /** What took effect twice, or is there twice. */
  readonly doubled: number
  /** Accounts that were told to be gone when no sufficient look had found that. */
  readonly falseAbsences: number
  /** Accounts that are there and should not be. */
  readonly stale: number
  /** Numbers of spools that stayed missing, messages that were not believed, and agents that were taken for copies. */
  readonly gaps: number
  readonly refused: number
  readonly quarantined: number
  /** The first of what is wrong, for whoever looks into it. */
  readonly examples: readonly string[]
}

/** A round: its run, and when it began. */
export interface Round {
  readonly run: string
  readonly at: number
}

export const compared = (collector: string, agents: string, rounds: readonly Round[], size: Size): Compared => {
  using database = new DatabaseSync(join(collector, 'rollcall.db'), { readOnly: true })
  const all = <Row>(sql: string, ...values: string[]) => database.prepare(sql).iterate(...values) as Iterable<Row>
  const examples: string[] = []
  const wrong = (sentence: string) => {
    if (examples.length < 20) examples.push(sentence)
    return 1
  }
  let [lost, doubled, falseAbsences, stale, accounts, looks] = [0, 0, 0, 0, 0, 0]

  const last = lastRound(size)
  const begunAt = new Date(rounds[last - 1]!.at).toISOString()
  const hosts = new Map<string, number>()
  for (const { name, seen } of all<{ name: string; seen: string }>(
    'select name, max(last_seen) as seen from host join host_look on host_id = id group by id',
  )) {
    hosts.set(name, (hosts.get(name) ?? 0) + 1)
    if (seen < begunAt) lost += wrong(`${name} was seen last at ${seen}, before the last round`)
  }
  for (let host = 0; host < size.hosts; host++) {
    const count = hosts.get(`h${host}`) ?? 0
    if (count === 0 && isThere(host, last, size)) lost += wrong(`h${host} is not there`)
    if (count > 1) doubled += wrong(`h${host} is there ${count} times`)
  }

  const known = new Map<string, string[]>()
  for (const { host, account } of all<{ host: string; account: string }>(
    'select host, account from account where gone_since is null order by host',
  )) {
    accounts++
    known.set(host, [...(known.get(host) ?? []), account])
  }
  for (let host = 0; host < size.hosts; host++) {
    if (!isThere(host, last, size)) continue
    const is = known.get(`h${host}`) ?? []
    const truth = accountsOf(host, last, size)
    if (new Set(is).size < is.length) doubled += wrong(`h${host} has accounts twice: ${is.join(' ')}`)
    const missing = truth.filter((name) => !is.includes(name))
    const more = is.filter((name) => !truth.includes(name))
    if (missing.length > 0) lost += wrong(`h${host} lacks ${missing.join(' ')}`)
    if (more.length > 0) stale += wrong(`h${host} still has ${more.join(' ')}`)
  }

  const roundAt = (at: string) => rounds.findLastIndex((round) => round.at <= Date.parse(at)) + 1
  for (const { host, account, at } of all<{ host: string; account: string; at: string }>(
    "select host, account, at from history where type = 'vanished' and kind = 'account'",
  )) {
    const [number, round] = [Number(host.slice(1)), roundAt(at)]
    const { status, rights, sees } = fateOf(number, round, size)
    const isProven = status === 'complete' && rights === 'root' && sees === 'all'
    if (!isProven || accountsOf(number, round, size).includes(account))
      falseAbsences += wrong(`${account} of ${host} was told to be gone in round ${round}`)
  }

  const [begun, told] = [new Map<number, number>(), new Map<number, number>()]
  for (let agent = 0; agent < size.agents; agent++)
    for (const line of new Set(readFileSync(join(agents, String(agent), 'journal'), 'utf8').split('\n'))) {
      const [word, round, , count] = line.split(' ')
      const counts = word === 'begun' ? begun : word === 'told' ? told : undefined
      counts?.set(Number(round), (counts.get(Number(round)) ?? 0) + Number(count))
      if (word === 'kept') looks += Number(count)
    }
  for (const [index, { run }] of rounds.entries()) {
    const round = index + 1
    const [{ swept } = { swept: 0 }] = all<{ swept: number }>('select swept from scan where id = ?', run)
    if (swept < (told.get(round) ?? 0))
      lost += wrong(`of round ${round}, ${told.get(round)} were planned, not ${swept}`)
    if (swept > (begun.get(round) ?? 0))
      doubled += wrong(`of round ${round}, ${swept} were planned, not ${begun.get(round)}`)
    const [{ rows, done } = { rows: 0, done: 0 }] = all<{ rows: number; done: number }>(
      "select count(*) as rows, coalesce(sum(state = 'done'), 0) as done from scan_target where scan_id = ?",
      run,
    )
    const wanted = Array.from({ length: size.hosts }, (_, host) => host).filter((host) => isThere(host, round, size))
    if (rows !== wanted.length || done !== rows)
      lost += wrong(`round ${round} has ${rows} targets, ${done} of them done, of ${wanted.length}`)
  }

  const one = (sql: string) => [...all<{ count: number }>(sql)][0]?.count ?? 0
  return {
    looks,
    accounts,
    lost,
    doubled,
    falseAbsences,
    stale,
    gaps: one("select count(*) as count from spool where gap_since is not null or beyond <> '[]' or forgotten > 0"),
    refused: one('select coalesce(sum(count), 0) as count from refused_message'),
    quarantined: one("select count(*) as count from agent where state <> 'active'"),
    examples,
  }
}
