/** Whether some bytes hold, in letters of either case, a word that names secrets. */
export const holdsKeyword = (bytes: Uint8Array): boolean => KEYWORD.test(LATIN1.decode(bytes))

const LATIN1 = new TextDecoder('latin1')
const KEYWORD = /pass|pwd|secret|token|key|credential|auth|psk|salt/i
