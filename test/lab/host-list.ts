import { readdir } from 'node:fs/promises'
import type { HostDescription } from './description.ts'

/** Every host of `hosts/`, one file each, sorted by name. */
export const hostList = async (): Promise<HostDescription[]> => {
  const folder = new URL('hosts/', import.meta.url)
  const files = (await readdir(folder)).filter((file) => file.endsWith('.ts')).sort()
  return Promise.all(
    files.map(async (file) => {
      const { default: host } = (await import(new URL(file, folder).href)) as { default: HostDescription }
      if (`${host.name}.ts` !== file) throw new Error(`${file} describes a host called ${host.name}`)
      return host
    }),
  )
}
