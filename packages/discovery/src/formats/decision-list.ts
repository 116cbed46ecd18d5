/**
 * What is decided by several conditions, told as a list in which the last that holds decides. Undefined outcomes do not occur; where
 * no such list says the same, the conditions that matter are to blame.
 */
export const decisionList = <Condition extends { readonly id: string }, Outcome>(
  conditions: readonly Condition[],
  ask: (held: ReadonlySet<string>) => Outcome,
  same: (one: Outcome, other: Outcome) => boolean,
):
  | {
      readonly otherwise: Outcome
      readonly order: readonly { readonly condition: Condition; readonly outcome: Outcome }[]
    }
  | { readonly blame: readonly Condition[] } => {
  if (conditions.length > MAX_CONDITIONS) return { blame: conditions }
  const otherwise = ask(new Set())
  const all = subsets(conditions).map((held) => ({ held, outcome: ask(held) }))
  // Conditions that change nothing, alone or together, need not be told.
  const counting = conditions
    .filter(({ id }) =>
      all.some(({ held, outcome }) => {
        const without = held.has(id) ? all.find((one) => isWithout(one.held, held, id)) : undefined
        return without !== undefined && !same(outcome, without.outcome)
      }),
    )
    .map((condition) => ({ condition, outcome: ask(new Set([condition.id])) }))
  for (const order of orders(counting)) {
    const decided = (held: ReadonlySet<string>) =>
      order.findLast(({ condition }) => held.has(condition.id))?.outcome ?? otherwise
    if (all.every(({ held, outcome }) => same(decided(held), outcome))) return { otherwise, order }
  }
  return { blame: counting.map(({ condition }) => condition) }
}

/** So many are weighed against each other; more are hardly ever met. */
const MAX_CONDITIONS = 5

const subsets = (conditions: readonly { readonly id: string }[]): ReadonlySet<string>[] =>
  Array.from(
    { length: 2 ** conditions.length },
    (_, bits) => new Set(conditions.flatMap(({ id }, at) => (bits & (2 ** at) ? [id] : []))),
  )

const isWithout = (less: ReadonlySet<string>, more: ReadonlySet<string>, id: string) =>
  less.size === more.size - 1 && !less.has(id) && [...less].every((one) => more.has(one))

function* orders<T>(items: readonly T[]): Generator<T[]> {
  if (items.length === 0) yield []
  for (const [at, item] of items.entries()) for (const rest of orders(items.toSpliced(at, 1))) yield [item, ...rest]
}
