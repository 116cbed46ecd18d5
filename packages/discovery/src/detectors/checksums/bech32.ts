/** Whether a text is Bech32 (BIP 173): its last six characters are the checksum of all before. Of either case, not of both. */
export const isBech32 = (text: string): boolean => {
  const lower = text.toLowerCase()
  const parted = lower.lastIndexOf('1')
  if (parted < 1) return false
  let state = 1
  const take = (value: number) => {
    const top = state >> 25
    state = ((state & 0x1ffffff) << 5) ^ value
    for (let bit = 0; bit < 5; bit++) if ((top >> bit) & 1) state ^= GENERATOR[bit]!
  }
  for (let at = 0; at < parted; at++) take(lower.charCodeAt(at) >> 5)
  take(0)
  for (let at = 0; at < parted; at++) take(lower.charCodeAt(at) & 31)
  for (let at = parted + 1; at < lower.length; at++) {
    const value = DIGITS.indexOf(lower[at]!)
    if (value < 0) return false
    take(value)
  }
  return state === 1
}

const GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3]
const DIGITS = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'
