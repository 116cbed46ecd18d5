import type { FileStat } from '../../host.ts'
import type { CronKind } from './crontab.ts'

/** Why cron passes over a file of /etc/cron.d or the spool; undefined where it takes it. */
export const whyNoTable = (
  name: string,
  stat: FileStat | undefined,
  { kind, owner }: { readonly kind: CronKind; readonly owner?: number | undefined },
): string | undefined => {
  if (name.startsWith('.')) return 'its name begins with a dot'
  if (owner === undefined && kind === 'debian' && !/^[\w-]+$/.test(name)) return 'cron takes no such name'
  if (kind === 'cronie' && (/^#|~$/.test(name) || /.\.rpm(?:save|orig|new)$/.test(name)))
    return 'cron takes no such name'
  if (stat === undefined) return undefined
  const { mode, uid } = stat
  if (kind === 'debian' && owner === undefined && (mode & 0o022) !== 0) return 'others than its owner may write to it'
  if (kind === 'debian' && owner !== undefined && (mode & 0o7777) !== 0o600) return 'its mode is not 0600'
  if (kind === 'cronie' && (mode & 0o7533) !== 0o400) return 'its mode is not one that cron takes'
  if ((kind === 'debian' || kind === 'cronie') && uid !== 0 && uid !== owner)
    return owner === undefined ? 'it is not of root' : 'it is not of its account'
  return undefined
}

/** Whether run-parts(8) runs a file of that name: Debian's and BusyBox's rule, or that of Red Hat's script. */
export const isRunPart = (name: string, kind: CronKind): boolean =>
  kind === 'cronie'
    ? !/(?:~|,|,v|\.rpm(?:save|orig|new)|\.swp|\.cfsaved)$/.test(name) && !name.startsWith('.')
    : /^[\w-]+$/.test(name) || (kind !== 'debian' && kind !== 'busybox' && !name.startsWith('.'))
