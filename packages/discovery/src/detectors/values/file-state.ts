import type { Detected } from '../detect.ts'

/** Whether a file is in force as far as its path tells, a sample that a program may be set up from, or a copy of an older one. */
export const stateOfFile = (path: string): Detected['state'] => {
  const lower = path.toLowerCase()
  if (BACKUP.test(lower)) return 'backup'
  return TEMPLATE.test(lower) || TEST_CODE.test(lower) ? 'template' : 'active'
}

const BACKUP =
  /(?:~|\.(?:bak|backup|old|orig|save|saved|swp|swo|rpmsave|rpmorig|dpkg-(?:old|bak|dist|new|tmp)|ucf-(?:old|dist|new)|augsave|prev|\d{8}))(?:\.(?:gz|xz|bz2|zst))?$|(?:^|\/)var\/backups\//
const TEMPLATE =
  /\.(?:dist|sample|samples|example|examples|template|templates|tmpl|tpl|j2|jinja2?|erb|epp|in|skel|default|defaults|rpmnew)(?:\.[a-z0-9]{1,8})?$|(?:^|[/._-])(?:sample|example|template)s?(?:[/._-]|$)|(?:^|\/)usr\/share\/doc\/|(?:^|\/)etc\/skel\//
/** What programs are tested with is made up. */
const TEST_CODE =
  /(?:^|\/)(?:__tests__|tests?|specs?|testdata|fixtures|molecule)\/(?:[^\n]*\/)?[^/]*\.(?:[cm]?[jt]sx?|py|rb|go|java|kt|php|p[lm]|t|rs|cs|cc?|cpp|h|snap)$|(?:^|\/)(?:test_[^/]*\.py|[^/]*[._-](?:test|spec)\.(?:[cm]?[jt]sx?|py|go|rb))$/
