import { secretNamed } from '../names/secret-name.ts'
import { withoutSecrets } from './without-secrets.ts'

/**
 * A reference as it is told: the name of a variable, a file, a place in a vault. Of what is more than a name (a command with its words, an
 * expression, a variable with what is used in its place) only the name it begins with, since the rest may be the secret itself.
 */
export const toldReference = (written: string): string => {
  const reference = written.trim().replaceAll(/[\0-\u001f\u007f]+/g, ' ')
  // A word between these quotes may be a value as well as a command.
  if (RANDOM.test(reference) || /^`[^\s`]*`$/.test(reference)) return ''
  if (reference.length <= 1024) {
    if (reference.includes('://')) {
      const clean = withoutSecrets(reference)
      return ADDRESS.test(clean) ? clean : firstName(clean)
    }
    if (BARE.test(reference)) return isVariable(reference.replace(/^[\\$%&]{1,3}/, '')) ? reference : ''
    if (MARKED.test(reference) || PLACE.test(reference) || LOOKED_UP.test(reference) || SHOWN.test(reference))
      return reference
  }
  // A password may begin like a variable: what no bracket closes is not taken for its name.
  return OPEN.test(reference) ? '' : firstName(reference)
}

/** No names, but keys and passwords that have the form of a path or a variable. */
const RANDOM =
  /[A-Za-z0-9+]{40,}|(?<![A-Za-z0-9])(?=[A-Za-z0-9+]{0,60}[A-Z])(?=[A-Za-z0-9+]{0,60}[a-z])(?=[A-Za-z0-9+]{0,60}\d[A-Za-z+]{1,60}\d)[A-Za-z0-9+]{8,}/

const BARE = /^[\\$%&]{1,3}[A-Za-z_]/
const OPEN = /^[\\$%&#~^*!@]{1,3}[^{([]|^[^})\]>\x60'"]{0,1024}$/

/** What stands behind a mark alone may be a password that begins with it, unless it is called as variables with secrets are. */
const isVariable = (name: string): boolean =>
  CONSTANT.test(name) || (PLAIN.test(name) && secretNamed(name) !== undefined)
const CONSTANT = /^[A-Z_][A-Z0-9_]{1,80}%?$/
const PLAIN = /^[a-zA-Z_]{1,60}(?:(?:->|::|\.)[a-zA-Z_]{1,60}){0,4}$/

/** A name between marks. Colons are in it only behind the kind of place: elsewhere a default follows. */
const MARKED =
  /^[$%#@!&~*^\\]{0,3}(?:\{\{|<%|\[\[|\(\(|<<|\{|\(|\[|<)[-=?%$#@!&]{0,2}[ \t]{0,4}(?:(?:env|sys|file|vault|ssm|secret|secrets|opt|param|self|cf|kv|config|lookup|credential|credentials|ENV|VAULT):)?[$%@.&]?[\w./-]{1,250}[ \t]{0,4}[-?%]?[\])}>%]{1,3}[sdr%@]?$/

const PLACE = /^(?:\$\d|[\w./~][\w.\\/:@#+~%>$-]{0,300}|!\w{1,60}|%\w(?:\/[\w./-]{1,200})?|%{1,2}[\w.-]{1,100}%{1,2})$/

const ADDRESS = /^[a-z][a-z0-9+.-]{0,31}:(?:[a-z][a-z0-9+.-]{0,31}:)?\/\/[\w.\\/:@+~%>${}[\]-]{1,400}$/i

/** `getenv("NAME")`, `ENV['NAME']`. */
const LOOKED_UP = /^[$%@]?[A-Za-z_][\w.:]{0,60}[([]{1,2}["']?[\w./-]{1,200}["']?[)\]]{1,2}$/

/** A file that is shown: `$(cat /run/secrets/db)`, `$(pass show db)`. */
const SHOWN =
  /^(?:\$\(|\x60)[ \t]{0,4}(?:(?:\/usr)?(?:\/bin\/)?(?:cat|head -n ?1|head -1|pass show|pass|gopass show)[ \t]{1,4}|<[ \t]{0,4})["']?[~$]?[\w./${}-]{1,250}["']?[ \t]{0,4}(?:\)|\x60)?$/

/** The first name outside of quotes. */
const firstName = (text: string): string =>
  /[A-Za-z_][\w.]{0,100}/.exec(
    text.slice(0, 1024).replaceAll(/"[^"]{0,1024}(?:"|$)|'[^']{0,1024}(?:'|$)/g, ' '),
  )?.[0] ?? ''
