import { mkdir, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { UsageError } from './usage-error.ts'

/** Where state lives unless told otherwise: /var/lib for root, else what the XDG base directory specification or macOS says. */
export const stateFolder = (
  env: NodeJS.ProcessEnv = process.env,
  uid = process.getuid?.(),
  platform = process.platform,
): string => {
  if (uid === 0) return '/var/lib/rollcall'
  if (platform === 'darwin') return join(homedir(), 'Library/Application Support/Rollcall')
  const state = env['XDG_STATE_HOME']
  return join(state !== undefined && state.startsWith('/') ? state : join(homedir(), '.local/state'), 'rollcall')
}

/** Makes the folder, for its owner alone. Throws UsageError when others can get in, or it cannot be made. */
export const privateFolder = async (folder: string): Promise<string> => {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw new UsageError(`The data folder ${folder} cannot be made; give another with --data.`, { cause: error })
  }
  const { mode, uid } = await stat(folder)
  if (process.getuid !== undefined && uid !== process.getuid())
    throw new UsageError(`The data folder ${folder} belongs to somebody else (uid ${uid}).`)
  if ((mode & 0o077) !== 0) throw new UsageError(`The data folder ${folder} is open to others; "chmod 700" it first.`)
  return folder
}
