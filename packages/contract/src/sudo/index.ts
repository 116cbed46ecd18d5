/**
 * What a rule that lets somebody run commands as another is worth. Agents judge rules of directories by it and the collector those of hosts, so that both
 * say the same of the same rule.
 */
export { escapeOf, type EscapeKind } from './escapes.ts'
export { groupPower, type GroupPower } from './root-groups.ts'
export { granteesMatch, type SudoAccount } from './sudo-account.ts'
export { nameOf } from './sudo-command.ts'
export { effectiveSudo, rootThroughSudo, type RootThroughSudo, type SudoPath } from './sudo.ts'
