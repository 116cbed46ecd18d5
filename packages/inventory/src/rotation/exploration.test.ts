import { expect, test } from 'vitest'
import {
  advance,
  beginRotation,
  momentOf,
  nextStep,
  type ChangeAnswer,
  type Rotation,
  type RotationEvent,
  type Value,
} from './rotation.ts'

/**
 * Every order of events of one account, two agents, a vault, a target and a network that loses, repeats and delays, over two rotations: what may
 * happen next is tried from each state that can be reached.
 */
interface World {
  rotation: Rotation
  /** How many rotations there were. */
  turn: number
  vault: { kept: string[]; current: string | undefined }
  /** What the target has, and writes that are on their way into it. */
  target: { has: Value; writes: Write[] }
  orders: Order[]
  answers: { attempt: string; answer: ChangeAnswer }[]
  looks: { moment: number; saw: Value }[]
  agents: Record<string, Agent>
  left: Budget
}

/** How often something may go wrong or be tried. What is lost or late has no bound. */
interface Budget {
  /** How many orders each rotation may need. */
  attempts: readonly number[]
  kills: number
  repeats: number
  stops: number
  refusals: number
  crashes: number
}

interface Order {
  attempt: string
  agent: string
  from: Value
  to: string
}

interface Write extends Order {
  /** What became of it, until its agent hears of it. */
  done?: 'landed' | 'mismatch' | 'refused'
}

interface Agent {
  /** On its disk: what it took up, and how it ended. */
  journal: Record<string, ChangeAnswer | 'begun'>
  /** In its memory: gone when it is killed. */
  running: { order: Order; asked: boolean } | undefined
}

/** What is true of the world beside the rotation; each but the first is a mistake that exploration has to find. */
interface Nature {
  /** The target changes a value only where it is the expected one. */
  compares: boolean
  /** Values that were made stay in the vault when a rotation ends. */
  keepsCandidates: boolean
  /** An agent that does not know how a change ended says so, and does not call it `untouched`. */
  saysUnknown: boolean
  /** The value is in the vault before an order leaves. */
  vaultFirst: boolean
  /** What is silent may still land. */
  silenceIsNoEnd: boolean
}

const SOUND: Nature = {
  compares: true,
  keepsCandidates: true,
  saysUnknown: true,
  vaultFirst: true,
  silenceIsNoEnd: true,
}

/** More would take minutes. */
const MOST_WORLDS = 200_000

const version = (name: string): Value => ({ known: 'version', version: name })
const same = (one: Value, other: Value) => valueWord(one) === valueWord(other)

const begin = (before: string | undefined, budget: Partial<Budget>): World => ({
  rotation: beginRotation(before),
  turn: 1,
  vault: { kept: before === undefined ? [] : [before], current: before },
  target: { has: before === undefined ? { known: 'foreign', mark: 'm' } : version(before), writes: [] },
  orders: [],
  answers: [],
  looks: [],
  agents: { a: { journal: {}, running: undefined }, b: { journal: {}, running: undefined } },
  left: { attempts: [2, 1], kills: 0, repeats: 0, stops: 0, refusals: 0, crashes: 0, ...budget },
})

/** Every world that may follow. `fair` leaves out whatever goes wrong, and what waits for nobody. */
const following = (world: World, nature: Nature, fair = false): World[] => {
  const worlds: World[] = []
  const then = (change: (next: World) => void) => {
    const next = copyOf(world)
    change(next)
    forget(next)
    worlds.push(next)
  }
  const hear = (next: World, event: RotationEvent) => {
    next.rotation = advance(next.rotation, event)
    if (next.rotation.ended !== undefined && !nature.keepsCandidates) {
      next.vault.kept = next.vault.kept.filter((kept) => kept === next.vault.current)
    }
  }
  target(world, nature, fair, then)
  agents(world, nature, fair, then)
  network(world, fair, then, hear)
  collector(world, nature, fair, then, hear)
  return worlds
}

/** What is lost is what never comes: messages stay on their way until somebody takes them, so that losing needs no step of its own. */
const say = (world: World, attempt: string, answer: ChangeAnswer) => {
  if (world.answers.some((each) => each.attempt === attempt && each.answer.result === answer.result)) return
  world.answers.push({ attempt, answer })
}

/** Leaves out what nobody can hear of any more: only what may still change the target is left of a rotation that ended. */
const forget = (world: World) => {
  const heard = (attempt: string) => world.rotation.ended === undefined && attempt.startsWith(`${world.turn}.`)
  world.answers = world.answers.filter(({ attempt }) => heard(attempt))
  world.target.writes = world.target.writes.filter(({ attempt, done }) => done === undefined || heard(attempt))
  for (const agent of Object.values(world.agents)) {
    if (agent.running?.asked === true && !heard(agent.running.order.attempt)) agent.running = undefined
  }
}

type Then = (change: (next: World) => void) => void
type Hear = (next: World, event: RotationEvent) => void

const collector = (world: World, nature: Nature, fair: boolean, then: Then, hear: Hear) => {
  const { rotation, left } = world
  const step = nextStep(rotation)
  switch (step?.step) {
    case undefined:
      if (world.turn < left.attempts.length) {
        then((next) => {
          next.turn += 1
          next.rotation = beginRotation(next.vault.current)
          next.looks = []
        })
      }
      break
    case 'stage': {
      const made = `v${world.turn}.${rotation.candidates.length + 1}.${left.crashes}`
      then((next) => {
        if (nature.vaultFirst) next.vault.kept.push(made)
        hear(next, { type: 'staged', version: made })
      })
      // The vault has it, and the collector died before it wrote that down.
      if (!fair && left.crashes > 0) {
        then((next) => {
          next.vault.kept.push(made)
          next.left.crashes -= 1
        })
      }
      break
    }
    case 'change': {
      if (!fair && rotation.attempts.length >= left.attempts[world.turn - 1]!) break
      const attempt = `${world.turn}.${rotation.attempts.length + 1}`
      for (const agent of rotation.attempts.length === 0 || fair ? ['a'] : ['a', 'b']) {
        then((next) => {
          hear(next, { type: 'sent', attempt, agent })
          next.orders.push({ attempt, agent, from: step.from, to: step.to })
        })
      }
      break
    }
    case 'look':
      if (world.looks.length === 0) {
        then((next) => {
          next.looks.push({ moment: momentOf(rotation), saw: next.target.has })
        })
      }
      break
    case 'promote':
      then((next) => {
        if (!nature.vaultFirst && !next.vault.kept.includes(step.version)) next.vault.kept.push(step.version)
        next.vault.current = step.version
        hear(next, { type: 'promoted', version: step.version })
      })
      if (!fair && left.crashes > 0) {
        then((next) => {
          next.vault.current = step.version
          next.left.crashes -= 1
        })
      }
      break
    case 'await':
      if (!fair || lostForGood(world, step.attempt)) {
        then((next) => {
          hear(next, { type: 'silent', attempt: step.attempt })
          if (!nature.silenceIsNoEnd)
            hear(next, { type: 'answered', attempt: step.attempt, answer: { result: 'over' } })
        })
      }
      break
    case 'hold':
      if (fair && step.why === 'foreign') then((next) => hear(next, { type: 'resume' }))
      break
  }
  if (rotation.ended !== undefined || fair) return
  if (left.stops > 0) {
    then((next) => {
      next.left.stops -= 1
      hear(next, { type: 'stop', reason: 'a person' })
    })
  }
  if (rotation.stopping !== undefined) then((next) => hear(next, { type: 'resume' }))
}

/** Nothing of the attempt is on its way any more, and nobody works on it. */
const lostForGood = (world: World, attempt: string) =>
  [...world.orders, ...world.answers, ...world.target.writes].every((each) => each.attempt !== attempt) &&
  Object.values(world.agents).every(({ running }) => running?.order.attempt !== attempt)

const network = (world: World, fair: boolean, then: Then, hear: Hear) => {
  const { left } = world
  world.orders.forEach((order, index) => {
    // It takes one at a time.
    const { journal, running } = world.agents[order.agent]!
    if (running !== undefined && journal[order.attempt] === undefined) return
    for (const again of left.repeats > 0 && !fair ? [false, true] : [false]) {
      then((next) => {
        if (again) next.left.repeats -= 1
        else next.orders.splice(index, 1)
        const agent = next.agents[order.agent]!
        const known = agent.journal[order.attempt]
        if (known === undefined) {
          agent.journal[order.attempt] = 'begun'
          agent.running = { order, asked: false }
        } else if (known !== 'begun') {
          say(next, order.attempt, known)
        } else if (agent.running?.order.attempt !== order.attempt) {
          say(next, order.attempt, { result: 'unknown' })
        }
      })
    }
  })
  world.answers.forEach(({ attempt, answer }, index) => {
    then((next) => {
      next.answers.splice(index, 1)
      hear(next, { type: 'answered', attempt, answer })
    })
  })
  world.looks.forEach(({ moment, saw }, index) => {
    then((next) => {
      next.looks.splice(index, 1)
      hear(next, { type: 'looked', moment, saw })
    })
  })
}

const agents = (world: World, nature: Nature, fair: boolean, then: Then) => {
  for (const [name, { running, journal }] of Object.entries(world.agents)) {
    const end = (answer: ChangeAnswer) =>
      then((next) => {
        const agent = next.agents[name]!
        const { attempt } = agent.running!.order
        agent.running = undefined
        agent.journal[attempt] = answer
        say(next, attempt, answer)
        next.target.writes = next.target.writes.filter((write) => write.attempt !== attempt || write.done === undefined)
      })
    if (running !== undefined) {
      const write = world.target.writes.find(({ attempt }) => attempt === running.order.attempt)
      if (!running.asked) {
        then((next) => {
          next.agents[name]!.running!.asked = true
          next.target.writes.push({ ...running.order })
        })
        if (!fair) end({ result: 'untouched', reason: 'it could not be reached' })
      } else if (write?.done === 'landed') {
        end(same(world.target.has, version(running.order.to)) ? { result: 'verified' } : { result: 'changed' })
        if (!fair) end({ result: 'changed' })
      } else if (write?.done === 'mismatch') {
        end({ result: 'mismatch' })
      } else if (write?.done === 'refused') {
        end({ result: 'refused', reason: 'its password policy' })
      }
      if (running.asked && (!fair || write === undefined)) {
        end(nature.saysUnknown ? { result: 'unknown' } : { result: 'untouched', reason: 'it timed out' })
      }
      if (!fair && world.left.kills > 0) {
        then((next) => {
          next.left.kills -= 1
          next.agents[name]!.running = undefined
        })
      }
    }
    // What was begun in a life before cannot land any more once the target is done with it.
    for (const [attempt, entry] of Object.entries(journal)) {
      if (entry !== 'begun' && entry.result !== 'unknown') continue
      const busy =
        running?.order.attempt === attempt ||
        world.target.writes.some((write) => write.attempt === attempt && !write.done)
      const told = world.answers.some((each) => each.attempt === attempt && each.answer.result === 'over')
      if (!busy && !told && world.rotation.attempts.some(({ id, state }) => id === attempt && state !== 'over')) {
        then((next) => say(next, attempt, { result: 'over' }))
      }
    }
    // An order that never came is refused when it is too old: what it might have done is over.
    if (fair && running === undefined) {
      for (const { id, agent, state } of world.rotation.attempts) {
        if (agent !== name || state !== 'loose' || journal[id] !== undefined || !lostForGood(world, id)) continue
        then((next) => {
          next.agents[name]!.journal[id] = { result: 'untouched', reason: 'too old' }
          say(next, id, { result: 'over' })
        })
      }
    }
  }
}

const target = (world: World, nature: Nature, fair: boolean, then: Then) => {
  world.target.writes.forEach((write, index) => {
    if (write.done !== undefined) return
    then((next) => {
      const mine = next.target.writes[index]!
      mine.done = same(next.target.has, write.from) || !nature.compares ? 'landed' : 'mismatch'
      if (mine.done === 'landed') next.target.has = version(write.to)
      // Nobody waits for it any more.
      if (next.agents[write.agent]!.running?.order.attempt !== write.attempt) next.target.writes.splice(index, 1)
    })
    if (fair) return
    then((next) => next.target.writes.splice(index, 1))
    if (world.left.refusals > 0 && same(world.target.has, write.from)) {
      then((next) => {
        next.left.refusals -= 1
        next.target.writes[index]!.done = 'refused'
      })
    }
  })
}

const copyOf = (world: World): World => ({
  ...world,
  vault: { ...world.vault, kept: [...world.vault.kept] },
  target: { ...world.target, writes: world.target.writes.map((write) => ({ ...write })) },
  orders: [...world.orders],
  answers: [...world.answers],
  looks: [...world.looks],
  agents: Object.fromEntries(
    Object.entries(world.agents).map(([name, { journal, running }]) => [
      name,
      { journal: { ...journal }, running: running === undefined ? undefined : { ...running } },
    ]),
  ),
  left: { ...world.left },
})

/** The world without what can make no difference any more, and without the order of what has none. */
const essence = (world: World): string => {
  const { rotation, target: aim, left } = world
  const matters = (attempt: string) =>
    rotation.attempts.some(({ id, state }) => id === attempt && state !== 'over') ||
    world.orders.some((each) => each.attempt === attempt) ||
    aim.writes.some((each) => each.attempt === attempt)
  const doers = Object.values(world.agents).map(({ journal, running }) => {
    const known = Object.entries(journal).filter(([attempt]) => matters(attempt))
    return `${known.map(([attempt, entry]) => attempt + (entry === 'begun' ? entry : entry.result)).join()} ${running?.order.attempt} ${running?.asked}`
  })
  const list = <T>(each: readonly T[], say: (one: T) => string) => each.map(say).toSorted().join()
  return [
    word(rotation),
    world.turn,
    world.vault.current,
    valueWord(aim.has),
    list(aim.writes, ({ attempt, done }) => attempt + done),
    list(world.orders, ({ attempt }) => attempt),
    list(world.answers, ({ attempt, answer }) => attempt + answer.result),
    list(world.looks, ({ moment, saw }) => moment + valueWord(saw)),
    ...doers,
    ...Object.values(left).slice(1),
  ].join('|')
}

const words = new WeakMap<Rotation, string>()
const word = (rotation: Rotation): string => {
  const known = words.get(rotation)
  if (known !== undefined) return known
  const told = JSON.stringify(rotation)
  words.set(rotation, told)
  return told
}

const valueWord = (value: Value) => (value.known === 'version' ? value.version : `foreign ${value.mark}`)

/** What is wrong in a world, if anything is. */
const wrong = ({ target: { has }, vault, rotation }: World): string | undefined => {
  if (has.known === 'version' && !vault.kept.includes(has.version)) return 'a value that nobody knows'
  // Ended, or not yet begun again.
  const settled = rotation.ended !== undefined || rotation.attempts.length === 0
  if (settled && vault.current !== undefined && !same(has, version(vault.current)))
    return 'a wrong value called current'
  return undefined
}

const explore = (start: World, nature: Nature, each: (world: World) => void = () => {}, until?: string) => {
  const seen = new Set<string>()
  const faults = new Map<string, number>()
  const open = [start]
  for (let world = open.pop(); world !== undefined; world = open.pop()) {
    const key = essence(world)
    if (seen.size > MOST_WORLDS) throw new Error('too many to try them all')
    if (seen.has(key)) continue
    seen.add(key)
    const fault = wrong(world)
    if (fault === undefined) {
      each(world)
      open.push(...following(world, nature))
    } else {
      faults.set(fault, (faults.get(fault) ?? 0) + 1)
      if (fault === until) break
    }
  }
  return { states: seen.size, faults: Object.fromEntries(faults) }
}

const BUDGETS: [string, Partial<Budget>][] = [
  ['agents are killed and orders repeated', { kills: 1, repeats: 1 }],
  ['people stop it and targets refuse', { stops: 1, refusals: 1 }],
  ['the collector dies between vault and database', { crashes: 1, kills: 1 }],
]
const TIMEOUT = 120_000

test.each(BUDGETS)(
  'an account never has a value that is lost, or another than is called current, when %s',
  (_name, budget) => {
    const { states, faults } = explore(begin('v0', budget), SOUND)
    expect(faults).toEqual({})
    expect(states).toBeGreaterThan(20_000)
  },
  TIMEOUT,
)

test(
  'nor has one that is taken over',
  () => {
    const { states, faults } = explore(begin(undefined, { stops: 1, refusals: 1 }), SOUND)
    expect(faults).toEqual({})
    expect(states).toBeGreaterThan(20_000)
  },
  TIMEOUT,
)

test(
  'from wherever it got, it comes to an end by itself when nothing goes wrong any more, and the vault has what the target has',
  () => {
    let count = 0
    explore(begin('v0', { attempts: [2], kills: 1, stops: 1, refusals: 1 }), SOUND, (world) => {
      count += 1
      if (count % 7 !== 0) return
      const end = fairEnd(world)
      expect(end.rotation.ended, essence(world)).toBeDefined()
      expect(end.target.has, essence(world)).toEqual(version(end.vault.current!))
    })
    expect(count).toBeGreaterThan(10_000)
  },
  TIMEOUT,
)

/** What comes of it when everything arrives, in whatever order comes first. */
const fairEnd = (world: World): World => {
  let now = world
  for (let step = 0; step < 60 && now.rotation.ended === undefined; step += 1) {
    const next = following(now, SOUND, true).find((each) => essence(each) !== essence(now))
    if (next === undefined) return now
    now = next
  }
  return now
}

test.each<[string, Partial<Nature>, string]>([
  ['targets did not compare', { compares: false }, 'a wrong value called current'],
  [
    'candidates were thrown away when it ends',
    { compares: false, keepsCandidates: false },
    'a value that nobody knows',
  ],
  ['agents called untouched what they lost sight of', { saysUnknown: false }, 'a wrong value called current'],
  ['the vault came last', { vaultFirst: false }, 'a value that nobody knows'],
  ['silence were taken for an end', { silenceIsNoEnd: false }, 'a wrong value called current'],
])(
  'it would go wrong if %s',
  (_name, change, fault) => {
    const { faults } = explore(
      begin('v0', { kills: 1, stops: 1, repeats: 1 }),
      { ...SOUND, ...change },
      undefined,
      fault,
    )
    expect(faults[fault]).toBeGreaterThan(0)
  },
  TIMEOUT,
)
