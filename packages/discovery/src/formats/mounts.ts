/** A file system as it is mounted somewhere. */
export interface Mount {
  readonly folder: string
  readonly type: string
  /** Which device and which part of it, so that the same seen twice is known. */
  readonly device: string
  readonly part: string
  /** Setuid bits and capabilities of programs there count for nothing. */
  readonly powerless: boolean
}

/** The mounts of /proc/self/mountinfo (proc(5)), later ones over earlier ones of the same folder. Lines of another form are passed over. */
export const parseMountinfo = (text: string): readonly Mount[] => {
  const byFolder = new Map<string, Mount>()
  for (const line of text.split('\n', MOST_LINES)) {
    const fields = line.split(' ')
    const dash = fields.indexOf('-', 6)
    const [, , device = '', part = '', folder = '', options = ''] = fields
    const type = fields[dash + 1]
    if (dash === -1 || type === undefined || !folder.startsWith('/')) continue
    byFolder.set(folder, {
      folder: unescaped(folder),
      type,
      device,
      part: unescaped(part),
      powerless: options.split(',').some((option) => option === 'nosuid' || option === 'noexec'),
    })
  }
  return [...byFolder.values()]
}

const MOST_LINES = 20_000

/** White space and backslashes are written as three octal digits. */
const unescaped = (field: string) =>
  field.includes('\\')
    ? field.replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)))
    : field

/** Whether it lies on another machine, or behind a program that may answer slowly or never. */
export const isRemote = ({ type }: Mount): boolean =>
  REMOTE.has(type) || (type.startsWith('fuse') && type !== 'fuseblk' && type !== 'fusectl')

/** Whether it holds no files of anybody, only what the kernel shows; what an automounter would mount is not mounted for a look. */
export const isPseudo = ({ type }: Mount): boolean => PSEUDO.has(type)

/** Whether a path is a folder or lies below it. */
export const isWithin = (path: string, folder: string): boolean =>
  folder === '/' || path === folder || (path.startsWith(folder) && path[folder.length] === '/')

const REMOTE = new Set(
  'nfs nfs4 cifs smb3 smbfs smb2 ncpfs afs coda ceph lustre gpfs beegfs glusterfs pvfs2 orangefs 9p virtiofs vboxsf vmhgfs prl_fs davfs panfs wekafs'.split(
    ' ',
  ),
)
const PSEUDO = new Set(
  'proc sysfs devpts cgroup cgroup2 securityfs debugfs tracefs pstore bpf mqueue hugetlbfs configfs efivarfs fusectl binfmt_misc rpc_pipefs nsfs selinuxfs nfsd resctrl autofs openpromfs ipathfs functionfs'.split(
    ' ',
  ),
)
