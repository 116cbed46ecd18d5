import type { HostTarget } from '@rollcall/contract'
import { Secret } from '@rollcall/secret'
import { openShellOn, type OpenHostOptions } from '../open-host.ts'
import { nonce } from '../posix-host.ts'
import { ReachError } from '../reach-error.ts'
import { quoted } from '../shell-word.ts'
import { said } from './said.ts'

/**
 * The password field of one account of shadow(5) on one host, as root sees it and changes it. The password itself is never there: a field holds
 * what crypt(3) made of it, and what is put in its place comes hashed.
 */
export interface LinuxPassword extends AsyncDisposable {
  look(): Promise<PasswordField>
  /**
   * Puts another field in the place of the expected one, as one step under the locks of the shadow suite, by its own vipw(8), which keeps owner,
   * mode and label of the file. Never rejects.
   */
  replace(expected: Secret, field: Secret): Promise<Replaced>
}

export type PasswordField =
  | { readonly state: 'read'; readonly field: Secret }
  /** `missing`: shadow(5) does not know the account. `unreadable`: it could not be read. `lost`: the host fell silent. */
  | { readonly state: 'missing' | 'unreadable' | 'lost' }

export type Replaced =
  /** The account has the new field: it was read again. */
  | { readonly result: 'verified' }
  /** It had another field than the expected one, and has it still. */
  | { readonly result: 'mismatch' }
  /** Nothing was changed, and will not be. */
  | { readonly result: 'untouched'; readonly reason: Untouched }
  /** It may have been changed, or be within a minute: a host that fell silent ends what it was asked for by then. */
  | { readonly result: 'unknown' }

/**
 * `no-vipw`: there is no vipw(8) to change it with. `locked`: somebody else holds the locks. `missing`: no such account, or several lines of it.
 * `no-folder`: no place for a script that only root can read and that may be run.
 */
export type Untouched = 'no-vipw' | 'locked' | 'missing' | 'no-folder' | 'not-begun'

/**
 * Opens the field of one account for looking at it and changing it. Throws `ReachError`: where the host cannot be reached, and `not-permitted` where the
 * login does not become root.
 */
export const openLinuxPassword = async (
  target: HostTarget,
  account: string,
  options: OpenHostOptions,
): Promise<LinuxPassword> => {
  if (!ACCOUNT.test(account)) throw new TypeError('not a name that shadow(5) can hold')
  const host = await openShellOn(target, options)
  const { shell, uid } = host.started
  if (uid !== 0) {
    await host[Symbol.asyncDispose]()
    throw new ReachError('not-permitted', target, { detail: 'changing a password takes root' })
  }
  const say = async (script: string) => wordsOf(await said(shell, script, host.limits.idleMs, host.over))
  return {
    async look() {
      const words = await say(LOOK(account))
      switch (words[0]) {
        case 'field':
          return { state: 'read', field: Secret.ofText(words[1] ?? '') }
        case 'missing':
        case 'unreadable':
          return { state: words[0] }
        default:
          return { state: 'lost' }
      }
    },
    async replace(expected, field) {
      const [was, is] = [expected.reveal(), field.reveal()]
      // What is no field of shadow(5) would break its lines.
      if (!FIELD.test(was) || !FIELD.test(is) || is === '') return { result: 'untouched', reason: 'not-begun' }
      const words = await say(REPLACE(account, was, is))
      const [done, now] = words
      if (now === 'new') return { result: 'verified' }
      if (done === 'mismatch') return { result: 'mismatch' }
      if (done !== undefined && isUntouched(done)) return { result: 'untouched', reason: done }
      return { result: 'unknown' }
    },
    [Symbol.asyncDispose]: () => host[Symbol.asyncDispose](),
  }
}

/** Names as useradd(8) lets them be with --badname; what could be a part of a line or a path is none. */
const ACCOUNT = /^[^\s:,/\\\p{Cc}-][^\s:,/\\\p{Cc}]{0,255}$/u

const FIELD = /^[^:\p{Cc}]{0,1024}$/u

const UNTOUCHED: readonly string[] = ['no-vipw', 'locked', 'missing', 'no-folder'] satisfies Untouched[]
const isUntouched = (word: string): word is Untouched => UNTOUCHED.includes(word)

const fieldOf = (account: string) =>
  `awk -v n=${quoted(account)} 'BEGIN{FS=":"} $1""==n""{c++;f=$2} END{if(c==1)print "field",f; else print "missing"}' /etc/shadow`

const LOOK = (account: string) => `test -r /etc/shadow && ${fieldOf(account)} || echo unreadable`

/**
 * vipw(8) holds the locks and hands a copy of the file to an "editor": a script that changes one field of it if that is the expected one. The
 * fields travel on the shell's standard input and lie in a folder that only root can read, never among the arguments of a program. A copy that was changed
 * within the second in which it was made counts as unchanged, so that the script waits for the next. Without the "" awk(1) takes what looks like numbers for
 * numbers, and 007 for 7.
 */
const REPLACE = (account: string, expected: string, field: string) => {
  const end = `end-${nonce()}`
  return String.raw`command -v vipw >/dev/null 2>&1 || { echo no-vipw; exit; }
for p in /run /root /var/tmp /tmp; do
d=$(mktemp -d "$p/rollcall.XXXXXXXXXX" 2>/dev/null) || continue
printf '#!/bin/sh\nexit 0\n' >"$d/edit" && chmod 700 "$d/edit" && "$d/edit" 2>/dev/null && break
rm -rf "$d"; d=
done
test -n "$d" || { echo no-folder; exit; }
trap 'rm -rf "$d"' EXIT
trap 'exit 1' HUP INT TERM PIPE
cat >"$d/account" <<'${end}'
${account}
${end}
cat >"$d/expected" <<'${end}'
${expected}
${end}
cat >"$d/field" <<'${end}'
${field}
${end}
cat >"$d/edit" <<'${end}'
#!/bin/sh
d=$(dirname "$0")
awk -v d="$d" -v t="$(date +%s)" 'BEGIN{FS=OFS=":"; getline n <(d "/account"); getline e <(d "/expected"); getline f <(d "/field")}
$1""==n""{c++; if($2""==e""){$2=f; $3=int(t/86400); h=1}}
{print}
END{r=c!=1?"missing":h?"changed":"mismatch"; print r >(d "/result")}' "$1" >"$d/new" || exit 1
grep -qx changed "$d/result" || exit 0
test "$(stat -c %Y "$1")" -lt "$(date +%s)" || sleep 1
cat "$d/new" >"$1"
${end}
VISUAL="$d/edit" EDITOR="$d/edit" timeout 30 vipw -s >/dev/null 2>&1
r=$(cat "$d/result" 2>/dev/null)
echo "${'$'}{r:-locked}"
awk -v d="$d" 'BEGIN{FS=":"; getline n <(d "/account"); getline f <(d "/field")} $1""==n""{print $2""==f""?"new":"other"}' /etc/shadow`
}

/** The words of an answer; none where there was no answer. */
const wordsOf = (text = ''): string[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => (line.startsWith('field ') ? ['field', line.slice('field '.length)] : [line]))
