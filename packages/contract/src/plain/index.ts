export { describeReason, MAX_REASONS } from '../reason-sentences.ts'
export { formatTarget, parseTarget } from '../target.ts'
