/** What an action takes of whom when no rule says otherwise. */
export interface PolkitAction {
  readonly id: string
  /** From anywhere, and from the active local session. */
  readonly any: string
  readonly active: string
  /** The program that pkexec runs as root under this action. */
  readonly program?: string
}

/** Reads what matters of a `.policy` file, of which only the lines with these texts need be there. */
export const POLICY_LINES = ['<action ', '<allow_any', '<allow_active', '"org.freedesktop.policykit.exec.path"']

export const parsePolicy = (text: string): PolkitAction[] => {
  const actions: PolkitAction[] = []
  for (const part of text.split(/<action\s/).slice(1)) {
    const id = /^[^>]{0,256}?\bid\s*=\s*["']([\w.-]{1,256})["']/.exec(part)?.[1]
    if (id === undefined) continue
    const program = /"org\.freedesktop\.policykit\.exec\.path"\s*>\s*(\/[^<\s]{1,1024})\s*</.exec(part)?.[1]
    actions.push({
      id,
      any: allowed(part, 'allow_any'),
      active: allowed(part, 'allow_active'),
      ...(program === undefined ? {} : { program }),
    })
  }
  return actions
}

/** Absent it is `no` (polkit(8)). Keeping an authorization for some minutes makes no difference here. */
const allowed = (part: string, name: string) =>
  new RegExp(`<${name}\\s*>\\s*([a-z_]{1,32})\\s*<`).exec(part)?.[1]?.replace(/_keep(?:_always|_session)?$/, '') ?? 'no'
