/** Fields that hold a DN as `place`: paths of at most 4,096 units. */
const LONGEST_PLACE = 4096

/** A DN as the place of a finding. */
export const clippedDn = (dn: string): string => (dn.length <= LONGEST_PLACE ? dn : dn.slice(0, LONGEST_PLACE))
