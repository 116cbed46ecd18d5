import type { YesNoUnknown } from '@rollcall/contract/api'

/** What somebody holds for an account, as far as sshd would take it. */
export interface Held {
  /** Different keys; an authority may sign any number of them. */
  readonly keys: number
  readonly password: YesNoUnknown
  /** Whether what PAM asks for in a conversation can be answered: a password may be all of it, or not. */
  readonly conversation: YesNoUnknown
}

/** The lists of AuthenticationMethods that can be gone through at all; undefined where any single method does. */
export type MethodLists = readonly (readonly string[])[] | undefined

/**
 * Of the lists of methods one has to be gone through as a whole (sshd_config(5)). sshd leaves out lists with a method that is switched
 * off, and lets nobody in where none is left.
 */
export const methodLists = (values: readonly string[], isOn: (method: Method) => boolean): MethodLists => {
  const lists = values
    .flatMap((value) => value.toLowerCase().split(/\s+/))
    .filter((list) => list !== '')
    .map((list) => list.split(',').map((one) => one.replace(/:.*/, '')))
  if (lists.length === 0 || lists[0]?.[0] === 'any') return undefined
  return lists.filter((list) => list.every((method) => isMethod(method) && isOn(method)))
}

const METHODS = ['publickey', 'password', 'keyboard-interactive', 'hostbased', 'gssapi-with-mic', 'none'] as const
export type Method = (typeof METHODS)[number]
const isMethod = (name: string): name is Method => METHODS.some((method) => method === name)

/** Whether what is held is enough for one of the lists. */
export const letsIn = (lists: readonly (readonly string[])[], held: Held): YesNoUnknown =>
  best(lists.map((list) => worst(list.map((method) => answers(method, list, held)))))

const answers = (method: string, list: readonly string[], { keys, password, conversation }: Held): YesNoUnknown => {
  switch (method) {
    case 'publickey':
      // A key counts once.
      return keys >= list.filter((one) => one === 'publickey').length ? 'yes' : 'no'
    case 'password':
      return password
    case 'keyboard-interactive':
      return conversation
    default:
      return 'unknown'
  }
}

const best = (all: readonly YesNoUnknown[]): YesNoUnknown =>
  all.includes('yes') ? 'yes' : all.includes('unknown') ? 'unknown' : 'no'
const worst = (all: readonly YesNoUnknown[]): YesNoUnknown =>
  all.includes('no') ? 'no' : all.includes('unknown') ? 'unknown' : 'yes'
