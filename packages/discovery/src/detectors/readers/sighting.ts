import type { Sighting } from '../detector.ts'

type Loose<Type> = { readonly [Name in keyof Type]?: Type[Name] | undefined }

/** What a format saw at a place where it keeps secrets; fields that are undefined or empty names are left out. */
export const sighting = (
  seen: Pick<Sighting, 'at' | 'length' | 'secret'> &
    Loose<Omit<Sighting, 'at' | 'length' | 'secret' | 'commented'>> & { readonly commented?: boolean | undefined },
): Sighting => {
  const {
    at,
    length,
    secret,
    value,
    name,
    account,
    system,
    service,
    evidence,
    quoted,
    commented,
    valueClass,
    scheme,
    by,
  } = seen
  return {
    at,
    length,
    secret,
    evidence: evidence ?? 'format',
    by: by ?? 'format',
    ...(value === undefined ? {} : { value }),
    ...(name === undefined ? {} : { name }),
    ...(account === undefined || account === '' ? {} : { account }),
    ...(system === undefined || system === '' ? {} : { system }),
    ...(service === undefined ? {} : { service }),
    ...(quoted === true ? { quoted } : {}),
    ...(commented === true ? { commented } : {}),
    ...(valueClass === undefined ? {} : { valueClass }),
    ...(scheme === undefined ? {} : { scheme }),
  }
}
