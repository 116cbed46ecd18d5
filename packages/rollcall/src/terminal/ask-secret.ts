import { Secret } from '@rollcall/secret'
import { UsageError } from '../usage-error.ts'

/** Asks on the terminal without showing what is typed. Throws UsageError when there is no terminal or it is given up. */
export const askSecret = async (question: string): Promise<Secret> => {
  const { stdin, stderr } = process
  if (!stdin.isTTY) throw new UsageError('There is no terminal to ask for the password on; give a file that holds it.')
  stderr.write(question)
  stdin.setRawMode(true)
  stdin.resume()
  try {
    return await typed(stdin)
  } finally {
    stdin.setRawMode(false)
    stdin.pause()
    stderr.write('\n')
  }
}

const typed = (stdin: NodeJS.ReadStream) =>
  new Promise<Secret>((resolve, reject) => {
    let text = ''
    const take = (chunk: Buffer) => {
      for (const character of chunk.toString('utf8')) {
        if (character === '\r' || character === '\n') return end(() => resolve(Secret.ofText(text)))
        if (character === '\u0003' || character === '\u0004')
          return end(() => reject(new UsageError('No password was given.')))
        text = character === '\u007f' || character === '\b' ? text.slice(0, -1) : text + character
      }
    }
    const end = (settle: () => void) => {
      stdin.off('data', take)
      settle()
    }
    stdin.on('data', take)
  })
