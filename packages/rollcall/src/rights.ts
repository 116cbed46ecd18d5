import { probes } from '@rollcall/discovery'
import { rightsOf, sudoersFile } from '@rollcall/reach'
import { oneOf } from './reach-options.ts'
import { UsageError } from './usage-error.ts'

/** What a scan account needs of sudo, as text. `chosen` are ids of probes, with commas between them; all by default. */
export const explainedRights = async (form: string, account = 'rollcall', chosen?: string): Promise<string> => {
  const wanted = oneOf('--explain-rights', form, ['sudoers', 'json'] as const)
  // What sudoers would read as something else than the name of one account.
  if (!/^[a-z_][a-z0-9_.-]*$/i.test(account) || account === 'ALL')
    throw new UsageError(`"${account}" is not the name of an account that sudoers can hold.`)
  const rights = await rightsOf(probesOf(chosen))
  return wanted === 'json' ? `${JSON.stringify(rights, undefined, 2)}\n` : sudoersFile(rights, account)
}

/** What stays unknown to a probe without more rights than any account has. */
export const hiddenOf = (probe: string): string[] =>
  probes.find(({ id }) => id === probe)?.needs.flatMap(({ right, hides }) => (right === 'root' ? [hides] : [])) ?? []

const probesOf = (chosen: string | undefined) => {
  if (chosen === undefined) return probes
  return chosen.split(',').map((id) => {
    const probe = probes.find((known) => known.id === id.trim())
    if (probe === undefined)
      throw new UsageError(`There is no probe "${id.trim()}"; there are ${probes.map((known) => known.id).join(', ')}.`)
    return probe
  })
}
