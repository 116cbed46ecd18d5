/** A count with a narrow space between thousands: `1 204`. */
export const count = (value: number): string => value.toLocaleString('en-US').replaceAll(',', '\u202f')

/** A count with its noun: `1 host`, `1 204 hosts`. */
export const counted = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`
