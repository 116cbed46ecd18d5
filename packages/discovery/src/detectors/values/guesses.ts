import type { CredentialWeakness } from '@rollcall/contract'
import { COMMONEST } from './commonest.ts'
import { shippedWith, weaknessesOf } from './weakness.ts'

/** A password that anybody would try first, and what is wrong with one that is it. */
export interface Guess {
  readonly text: string
  readonly weaknesses: readonly CredentialWeakness[]
}

/**
 * What anybody would try who has only a name: that name, what the product is shipped with, what people choose most often; the likeliest
 * first, each once. Nothing is tried here.
 */
export const guessesOf = (account: string | undefined, service: string | undefined): readonly Guess[] => {
  const guesses = new Map<string, Guess>()
  const add = (text: string, why: CredentialWeakness) => {
    if (guesses.has(text)) return
    const told = weaknessesOf(text, account, service).filter((one) => TOLD.has(one))
    guesses.set(text, { text, weaknesses: told.includes(why) ? told : [why, ...told] })
  }
  const shipped = shippedWith(service)
  for (const name of namesFrom(account)) add(name, 'same-as-account')
  add('', 'common')
  for (const text of shipped.slice(0, FEW)) add(text, 'default')
  for (const text of COMMONEST.slice(0, FEW)) add(text, 'common')
  for (const text of shipped) add(text, 'default')
  for (const text of COMMONEST) add(text, 'common')
  return [...guesses.values()]
}

const FEW = 20

/** A password's shortness is not told of one that was guessed: that it is guessed says all. */
const TOLD: ReadonlySet<CredentialWeakness> = new Set(['default', 'same-as-account', 'common', 'publicly-known'])

/** A name as people make a password of it; of an address or a domain's account also its name alone. */
const namesFrom = (account: string | undefined): readonly string[] => {
  if (account === undefined || account === '' || account.length > 64) return []
  const bare = account.replace(/^.*[\\/]/, '').replace(/[@'].*$/, '')
  return [account, bare]
    .filter((name) => name !== '')
    .flatMap((name) => {
      const lower = name.toLowerCase()
      const capital = lower.charAt(0).toUpperCase() + lower.slice(1)
      return [
        name,
        lower,
        capital,
        name.toUpperCase(),
        `${lower}1`,
        `${lower}123`,
        `${lower}1234`,
        `${capital}1`,
        `${capital}123`,
        `${lower}!`,
        `${lower}${lower}`,
        lower.split('').toReversed().join(''),
      ]
    })
}
