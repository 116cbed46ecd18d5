/**
 * Names from the outside in, as they are told: joined by dots. Of those that are no identifiers only that they are there is told, as
 * they may be addresses, sentences or secrets themselves.
 */
export const toldName = (keys: readonly string[]): string =>
  keys
    .map((key) => (IDENTIFIER.test(key) && !RANDOM.test(key) ? key : '*'))
    .join('.')
    .slice(0, 512)

const IDENTIFIER = /^[\p{L}\p{N}_@#$][\p{L}\p{N}_@#$. /-]{0,63}$/u
const RANDOM = /[A-Za-z0-9+/]{32,}|(?=[A-Za-z]*\d[A-Za-z]*\d[A-Za-z]*\d)[A-Za-z0-9]{20,}/
