import { nonce, type Shell } from '../posix-host.ts'

/**
 * What a script says on a shell of a host, in a shell of its own, with nothing of the login's environment; undefined where the host falls silent before the script
 * ended. One at a time.
 */
export const said = (shell: Shell, script: string, idleMs: number, over: AbortSignal): Promise<string | undefined> => {
  const mark = nonce()
  return new Promise((resolve) => {
    let heard = ''
    const settle = (text: string | undefined) => {
      clearTimeout(idle)
      over.removeEventListener('abort', stop)
      shell.hear({ output: () => undefined, messages: () => undefined, ended: () => undefined })
      resolve(text)
    }
    const stop = () => settle(undefined)
    const idle = setTimeout(stop, idleMs)
    if (over.aborted) return stop()
    over.addEventListener('abort', stop, { once: true })
    shell.hear({
      output(bytes) {
        heard += Buffer.from(bytes).toString('latin1')
        if (heard.length > MOST_SAID) return stop()
        const [begin, end] = [heard.indexOf(`${mark}<\n`), heard.lastIndexOf(`${mark}>\n`)]
        if (begin !== -1 && end !== -1) settle(heard.slice(begin + mark.length + 2, end))
      },
      messages: () => undefined,
      ended: stop,
    })
    shell.write(`printf '%s<\\n' ${mark}\n(\n${SOBER}${script}\n) </dev/null 2>/dev/null\nprintf '%s>\\n' ${mark}\n`)
  })
}

const MOST_SAID = 2 * 1024 * 1024

/** What holds for every script: nothing of the login's environment, and no word of a program but the answer. */
const SOBER = String.raw`set +euf; unalias -a; unset CDPATH ENV BASH_ENV; LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin; export LC_ALL PATH; umask 077; cd /
`
