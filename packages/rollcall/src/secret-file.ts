import { open } from 'node:fs/promises'
import { isAbsolute, join, normalize } from 'node:path'
import { Secret } from '@rollcall/secret'
import { UsageError } from './usage-error.ts'

const MAX_SECRET_BYTES = 64 * 1024

/** A file that holds a secret. What others may read is no secret any more, and is refused as ssh does. */
export const secretFile = async (file: string): Promise<Secret> => {
  try {
    await using handle = await open(file, 'r')
    const facts = await handle.stat()
    if (!facts.isFile()) throw new UsageError(`${file} is not a file.`)
    // What the service manager hands over lies in a folder of the service alone; its group bits are those of an access control list.
    if ((facts.mode & 0o077) !== 0 && !isHandedOver(file))
      throw new UsageError(`${file} may be read by others; "chmod 600" it first.`)
    if (facts.size > MAX_SECRET_BYTES) throw new UsageError(`${file} is too large to be a key or a password.`)
    return Secret.ofBytes(await handle.readFile())
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'unknown error'}.`, {
      cause: error,
    })
  }
}

/** The first line of such a file. */
export const secretLine = async (file: string): Promise<Secret> =>
  Secret.ofText((await secretFile(file)).reveal().replace(/\r?\n[\s\S]*$/, ''))

/** Where the service manager put a credential of this name (systemd.exec(5), LoadCredential=); undefined where it runs none of ours. */
export const handedOver = (name: string, env: NodeJS.ProcessEnv = process.env): string | undefined => {
  const folder = env['CREDENTIALS_DIRECTORY']
  return folder !== undefined && isAbsolute(folder) ? join(folder, name) : undefined
}

const isHandedOver = (file: string) => {
  const folder = handedOver('')
  return folder !== undefined && normalize(file).startsWith(normalize(`${folder}/`))
}
