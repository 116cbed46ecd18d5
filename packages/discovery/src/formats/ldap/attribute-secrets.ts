import type { CredentialWeakness, Finding, FindingOf } from '@rollcall/contract'
import { detect } from '../../detectors/detect.ts'
import { lengthClass } from '../../detectors/judge.ts'
import { classify } from '../../detectors/values/classify.ts'
import type { DirectoryEntry } from '../../directory.ts'
import type { KeyedDigest } from '../../probe.ts'
import { clippedDn } from './dn.ts'

type StoredCredential = FindingOf<'stored-credential'>

/**
 * A place in a text attribute that holds a secret, or speaks of one. `secret`: there is little doubt. `hint`: a person should look. No
 * field holds the value, nor any of the text around it.
 */
export interface AttributeSecret {
  /** As it was asked for, lower case. */
  readonly attribute: string
  /** Which of its values, from 0. */
  readonly index: number
  /** Where in that value it begins, in UTF-16 units. */
  readonly offset: number
  readonly grade: 'secret' | 'hint'
  readonly secret: StoredCredential['secret']
  readonly value: StoredCredential['value']
  readonly evidence: StoredCredential['evidence']
  readonly confidence: StoredCredential['confidence']
  /** The token family that knows it, or `directory-attribute`. */
  readonly detector: string
  readonly scheme?: string
  readonly length?: StoredCredential['length']
  readonly digest?: string
  readonly weaknesses?: readonly CredentialWeakness[]
}

/** The attributes that people write passwords into, of all makes, lower case. Those that no schema knows are harmless to ask for. */
export const SECRET_ATTRIBUTES: readonly string[] = [
  ...(
    'description info comment adminDescription adminDisplayName displayName title street streetAddress postalAddress registeredAddress ' +
    'physicalDeliveryOfficeName roomNumber homePhone otherHomePhone pager ipPhone facsimileTelephoneNumber department personalTitle ' +
    'initials gecos labeledURI url wWWHomePage userParameters scriptPath profilePath notes businessCategory employeeType carLicense ' +
    'userWorkstations msExchAssistantName orclCommonAttribute'
  )
    .toLowerCase()
    .split(' '),
  ...Array.from({ length: 15 }, (_, index) => `extensionattribute${index + 1}`),
]

/** Values of one attribute looked at, and units of each. */
const MOST_VALUES = 64
const MOST_UNITS = 8192
/** What one entry is told of. */
const MOST_OF_AN_ENTRY = 16

export interface AttributeSecretTools {
  readonly keyedDigest: KeyedDigest
  /** Whose entry it is, for telling a password that is its name. */
  readonly account?: string | undefined
}

/**
 * Looks for secrets in text attributes: `Passwort: …`, `mot de passe = …`, `pw …`, `login: admin / …`, tokens, addresses with a login.
 * What only talks about passwords (policies, resets, where they are kept) is none. Pure, total, linear; quick where nothing is announced.
 * `attributes`: lower-case names.
 */
export const secretsIn = (
  entry: Pick<DirectoryEntry, 'texts'>,
  attributes: readonly string[],
  tools: AttributeSecretTools,
): readonly AttributeSecret[] => {
  let found: AttributeSecret[] | undefined
  for (const attribute of attributes) {
    const texts = entry.texts(attribute)
    for (let index = 0; index < texts.length && index < MOST_VALUES; index++) {
      const text = texts[index]!
      if (text.length < 5 || !(ANNOUNCED.test(text) || (text.length >= 16 && LONG_WORD.test(text)))) continue
      for (const seen of secretsOf(text.slice(0, MOST_UNITS), tools)) {
        if ((found ??= []).length >= MOST_OF_AN_ENTRY) return found
        found.push({ attribute, index, ...seen })
      }
    }
  }
  return found ?? NONE
}

const NONE: readonly AttributeSecret[] = []

/** The entry that sightings are of. */
export interface SecretsEntry {
  readonly object: string
  readonly name: string
  readonly type: FindingOf<'directory-weakness'>['objectType']
  readonly dn: string
}

/** The findings for what was seen in an entry: a stored credential for each secret, and the weaknesses of the entry. */
export const secretFindings = (
  seen: readonly AttributeSecret[],
  { object, name, type, dn }: SecretsEntry,
): Finding[] => {
  const place = { path: clippedDn(dn) }
  const findings: Finding[] = []
  for (const { attribute, grade, secret, value, evidence, confidence, detector, offset, ...more } of seen) {
    if (grade === 'hint') continue
    const { scheme, length, digest, weaknesses } = more
    findings.push({
      kind: 'stored-credential',
      secret,
      value,
      state: 'active',
      detector,
      evidence,
      confidence,
      name: attribute,
      account: name,
      object,
      ...(scheme === undefined ? {} : { scheme }),
      ...(weaknesses === undefined ? {} : { weaknesses: [...weaknesses] }),
      ...(length === undefined ? {} : { length }),
      ...(digest === undefined ? {} : { digest }),
      offset,
      place,
    })
  }
  for (const [grade, weakness, severity] of GRADES) {
    const places = seen.filter((one) => one.grade === grade).map(({ attribute, offset }) => `${attribute} at ${offset}`)
    if (places.length > 0)
      findings.push({
        kind: 'directory-weakness',
        object,
        objectName: name,
        objectType: type,
        weakness,
        severity,
        evidence: [...new Set(places)],
        place,
      })
  }
  return findings
}

const GRADES = [
  ['secret', 'password-in-attribute', 'high'],
  ['hint', 'password-hint-in-attribute', 'low'],
] as const

type Seen = Omit<AttributeSecret, 'attribute' | 'index'>

const secretsOf = (text: string, tools: AttributeSecretTools): Seen[] => {
  const found: Seen[] = []
  const taken = (at: number, length: number) =>
    spans.some(([from, to]) => at < to && at + length > from) || (spans.push([at, at + length]), false)
  const spans: [number, number][] = []
  const take = ({ at, length, ...told }: Told) => {
    const value = text.slice(at, at + length)
    if (length === 0 || taken(at, length)) return
    found.push(seenOf(value, at, told, tools))
  }
  if (ANNOUNCED.test(text)) {
    for (const told of announcedIn(text)) take(told)
    for (const told of pairsIn(text)) take(told)
  }
  if (LONG_WORD.test(text)) for (const told of tokensIn(text, tools)) if (!taken(told.offset, 1)) found.push(told)
  if (found.length === 0) {
    const alone = aloneIn(text)
    if (alone !== undefined) take(alone)
  }
  return found.sort((one, other) => one.offset - other.offset)
}

interface Told {
  readonly at: number
  readonly length: number
  readonly grade: 'secret' | 'hint'
  readonly confidence: 'high' | 'medium' | 'low'
  readonly evidence: 'name' | 'shape' | 'url'
}

const seenOf = (
  value: string,
  at: number,
  { grade, confidence, evidence }: Omit<Told, 'at' | 'length'>,
  { keyedDigest, account }: AttributeSecretTools,
): Seen => {
  const judged = classify(value, { ...SIGHTING, length: value.length, account: account ?? '' })
  const seen = { grade, confidence, evidence, offset: at, secret: 'password', detector: 'directory-attribute' } as const
  // Nothing is told of a word that may be any word.
  if (grade === 'hint') return { ...seen, value: 'literal' }
  const literal = judged === undefined || judged.value === 'literal'
  const digest = keyedDigest(value)
  const weaknesses = judged?.weaknesses ?? []
  return {
    ...seen,
    value: judged?.value ?? 'literal',
    ...(judged?.scheme === undefined ? {} : { scheme: judged.scheme }),
    ...(literal ? { length: lengthClass(value) } : {}),
    ...(digest === undefined ? {} : { digest }),
    ...(weaknesses.length === 0 ? {} : { weaknesses }),
  }
}

const SIGHTING = { at: 0, length: 0, secret: 'password', name: 'password', evidence: 'name', by: 'name' } as const

/** Values behind a word that stands for a password in some language. */
function* announcedIn(text: string): Generator<Told> {
  let most = 32
  for (const match of text.matchAll(WORD)) {
    if (most-- === 0) return
    const [word] = match
    const end = match.index + word.length
    const unsure = UNSURE.test(word)
    const before = shapedBefore(text, match.index, end)
    if (before !== undefined) yield before
    const given = behindUser(text, match.index, valueBehind(text, end))
    if (given === undefined) {
      const around = text.slice(Math.max(0, match.index - 24), end + 24)
      if (!unsure && GIVEN_OUT.test(around) && !TALK_AROUND.test(around))
        yield { at: match.index, length: word.length, grade: 'hint', confidence: 'low', evidence: 'name' }
      continue
    }
    const told = judged(text, given, unsure)
    if (told !== undefined) yield told
  }
}

/** `Sommer2024! (pw)`: the word stands behind in brackets. */
const shapedBefore = (text: string, at: number, end: number): Told | undefined => {
  if (text[at - 1] !== '(' || text[end] !== ')') return undefined
  const [, value = '', gap = ''] = /(\S{6,64})(\s{0,3}\()$/.exec(text.slice(Math.max(0, at - 80), at)) ?? []
  if (strengthOf(value) < 3) return undefined
  return {
    at: at - gap.length - value.length,
    length: value.length,
    grade: 'secret',
    confidence: 'medium',
    evidence: 'name',
  }
}

/** `user/password: svc/…`: the value holds both. */
const behindUser = (text: string, word: number, given: Given | undefined): Given | undefined => {
  const mark = text[word - 1]
  if (given === undefined || mark === undefined || !'/|:+&'.includes(mark) || !/\p{L}/u.test(text[word - 2] ?? ''))
    return given
  const cut = text.slice(given.at, given.at + given.length).search(/[/|:]/)
  return cut <= 0 || cut + 1 >= given.length
    ? given
    : { ...given, at: given.at + cut + 1, length: given.length - cut - 1 }
}

/** How a value is tied to the word before it, the tightest first. */
type Tie = 'sign' | 'verb' | 'dash' | 'blank'

interface Given {
  readonly tie: Tie
  readonly at: number
  readonly length: number
  readonly quoted: boolean
}

/** The words between the word and the value: `password for svc_sql (old) is …`. Undefined where there is no value, or only talk. */
const valueBehind = (text: string, start: number): Given | undefined => {
  let at = start
  let talked = false
  for (let words = 0; words < 8; words++) {
    const gap = skipBlanks(text, at)
    const sign = SIGN.exec(text.slice(gap, gap + 4))?.[0]
    if (sign !== undefined) return talked ? undefined : valueAt(text, gap + sign.length, 'sign')
    if (gap === at && words === 0 && at < text.length && !/[\s(]/.test(text[at]!)) return undefined
    if (text[gap] === '(') {
      const close = text.indexOf(')', gap)
      if (close < 0 || close - gap > 60) return undefined
      // What is in brackets may be the value itself.
      const inside = text.slice(gap + 1, close)
      if (!inside.includes(' ') && strengthOf(inside) >= 3)
        return { tie: 'blank', at: gap + 1, length: inside.length, quoted: false }
      at = close + 1
      continue
    }
    const word = wordAt(text, gap)
    if (word === '') return undefined
    if (/^[-–—|/]$/.test(word)) return talked ? undefined : valueAt(text, gap + 1, 'dash')
    const plain = word.toLowerCase()
    if (talked ? TO.test(plain) : IS.test(plain)) return valueAt(text, gap + word.length, talked ? 'blank' : 'verb')
    if (TALK.test(plain)) talked = true
    else if (words === 0 && (strengthOf(word) >= 2 || /^["'`„“«‘]/.test(word))) return valueAt(text, gap, 'blank')
    // A sign at the end of a word: `password admin: …`.
    at = gap + word.length
  }
  return undefined
}

const skipBlanks = (text: string, from: number) => {
  let at = from
  while (at < text.length && (text.charCodeAt(at) <= 0x20 || text.charCodeAt(at) === 0xa0)) at++
  return at
}

/** Up to a blank, or a sign that binds what follows. */
const wordAt = (text: string, at: number) => WORD_AT.exec(text.slice(at, at + 200))?.[0] ?? ''
const WORD_AT = /^(?:[^\s:=：＝(]+|[-–—|/])/

const valueAt = (text: string, from: number, tie: Tie): Given | undefined => {
  let at = skipBlanks(text, from)
  // `is: …`, `= is now …`, `:= …`
  for (let more = 0; more < 3; more++) {
    const sign = SIGN.exec(text.slice(at, at + 4))?.[0]
    const word = sign ?? wordAt(text, at)
    if (sign === undefined && !(IS.test(word.toLowerCase()) && /\s/.test(text[at + word.length] ?? ''))) break
    at = skipBlanks(text, at + word.length)
  }
  const quote = QUOTES[text[at] ?? '']
  if (quote !== undefined) {
    const close = text.indexOf(quote, at + 1)
    if (close > at + 1 && close - at <= 130) return { tie, at: at + 1, length: close - at - 1, quoted: true }
  }
  const word = /^\S{1,256}/.exec(text.slice(at, at + 256))?.[0] ?? ''
  const value = trimmed(word)
  return value === '' ? undefined : { tie, at, length: value.length, quoted: false }
}

const QUOTES: Readonly<Record<string, string>> = {
  '"': '"',
  "'": "'",
  '`': '`',
  '„': '“',
  '“': '”',
  '«': '»',
  '‘': '’',
  '「': '」',
}

/** Without what belongs to the sentence around. */
const trimmed = (word: string): string => {
  const cut = /^([^,;]+[^,;.])[,;]\S/.exec(word)?.[1] ?? word
  const bare = cut.replace(/[,;.:»”’」]+$/, '')
  return /[)\]}>]$/.test(bare) && !/[([{<]/.test(bare) ? bare.replace(/[)\]}>]+$/, '') : bare
}

const judged = (text: string, { tie, at, length, quoted }: Given, unsure: boolean): Told | undefined => {
  const value = text.slice(at, at + length)
  const told = (grade: Told['grade'], confidence: Told['confidence']): Told => ({
    at,
    length,
    grade,
    confidence,
    evidence: 'name',
  })
  if (value.length < 3 || NOTHING.test(value) || DATE.test(value)) return undefined
  const strength = strengthOf(value)
  if (ABOUT.test(value) && !quoted) return tie === 'sign' && ASKING.test(value) ? told('hint', 'low') : undefined
  const kind = classify(value, { ...SIGHTING, length, ...(quoted ? { quoted: true as const } : {}) })
  if (kind?.value === 'hash' || kind?.value === 'encrypted') return told('secret', 'high')
  if (kind?.value === 'placeholder' || kind?.value === 'reference') return undefined
  if (unsure) {
    if (tie !== 'sign') return undefined
    return strength >= 3
      ? told('secret', 'medium')
      : strength === 2 || /^\d{4,8}$/.test(value)
        ? told('hint', 'low')
        : undefined
  }
  if (kind === undefined && !(quoted || strength >= 2)) return undefined
  const ends = /^[\s"'»”’」]*(?:$|[,;)\]|.!?]|\r|\n)/.test(text.slice(at + length, at + length + 8))
  switch (tie) {
    case 'sign':
      if (quoted || strength >= 2) return told('secret', strength >= 3 || quoted ? 'high' : 'medium')
      if (/^\d+$/.test(value))
        return value.length >= 4 && !/^(?:19|20)\d\d$/.test(value) ? told('secret', 'medium') : told('hint', 'low')
      return ends && value.length >= 4 ? told('secret', 'medium') : told('hint', 'low')
    case 'verb':
      if (quoted || strength >= 2) return told('secret', 'medium')
      return ends && value.length >= 4 ? told('hint', 'low') : undefined
    case 'dash':
      return strength >= 3 ? told('secret', 'medium') : strength === 2 ? told('hint', 'low') : undefined
    case 'blank':
      if (NUMBERED.test(value)) return undefined
      return strength >= 3 || (quoted && strength >= 2)
        ? told('secret', 'medium')
        : strength === 2
          ? told('hint', 'low')
          : undefined
  }
}

/**
 * How much a word looks like a chosen password: 0 a word or a number, 2 letters with digits or a sign among them, 3 those and capital
 * letters, or all kinds.
 */
const strengthOf = (value: string): number => {
  if (value.length < 5 || value.length > 128) return 0
  const lower = /\p{Ll}/u.test(value)
  const upper = /\p{Lu}/u.test(value)
  const digit = /\d/.test(value)
  const sign = /[!"#$%&*+<=>?@^_~§€£{}[\]\\|;]/.test(value)
  if (!(lower || upper)) return /\p{L}/u.test(value) && (digit || sign) ? 2 : sign && digit && value.length >= 6 ? 2 : 0
  const kinds = Number(lower) + Number(upper) + Number(digit) + Number(sign)
  if (kinds < 2 || (kinds === 2 && lower && upper))
    return /^\p{L}+$/u.test(value) ? 0 : kinds >= 2 && /[-.,:/]/.test(value) && digit ? 2 : 0
  if (kinds === 2) return value.length >= 6 && (digit || sign) ? 2 : 0
  return value.length >= 6 ? 3 : 2
}

/** `login: admin / Sommer2024!`, `user=svc_sql pass…` without a word for the second. */
function* pairsIn(text: string): Generator<Told> {
  let most = 8
  for (const match of text.matchAll(PAIR)) {
    if (most-- === 0) return
    const [whole, written = ''] = match
    const value = trimmed(written)
    if (strengthOf(value) < 3 || NOTHING.test(value) || DATE.test(value) || MAIL.test(value) || NUMBERED.test(value))
      continue
    yield {
      at: match.index + whole.length - written.length,
      length: value.length,
      grade: 'secret',
      confidence: 'medium',
      evidence: 'name',
    }
  }
}

/** What the detectors of files know by its own shape, wherever it stands: tokens, keys, addresses with a login. */
const tokensIn = (text: string, { keyedDigest }: AttributeSecretTools): Seen[] =>
  detect('attribute', UTF8.encode(text), { keyedDigest })
    .found.filter(({ evidence, value }) => (evidence === 'shape' || evidence === 'url') && TOLD.has(value))
    .map(({ at, secret, value, evidence, confidence, detector, scheme, length, digest, weaknesses }) => ({
      offset: at,
      grade: 'secret' as const,
      secret,
      value,
      evidence,
      confidence,
      detector: detector === 'lines' ? 'directory-attribute' : detector,
      ...(scheme === undefined ? {} : { scheme }),
      ...(length === undefined ? {} : { length }),
      ...(digest === undefined ? {} : { digest }),
      ...(weaknesses === undefined ? {} : { weaknesses }),
    }))

const UTF8 = new TextEncoder()
const TOLD: ReadonlySet<string> = new Set(['literal', 'key', 'hash', 'encrypted'])

/** A text that is nothing but a word which nobody writes for another reason: `Sommer2024!`. */
const aloneIn = (text: string): Told | undefined => {
  const value = text.trim()
  if (!ALONE.test(value) || MAIL.test(value) || NUMBERED.test(value)) return undefined
  const common = classify(value, { ...SIGHTING, length: value.length })?.weaknesses.includes('common') === true
  return {
    at: text.indexOf(value),
    length: value.length,
    grade: common ? 'secret' : 'hint',
    confidence: 'low',
    evidence: 'shape',
  }
}

/** Letters of both cases, digits and a sign that names and numbers do not have. */
const ALONE = /^(?=[^\s]*\p{Ll})(?=[^\s]*\p{Lu})(?=[^\s]*\d)(?=[^\s]*[!$%^*?~&#+=§€@])[^\s/\\:,;()<>]{8,40}$/u
const MAIL = /^[^\s@]+@[^\s@]+\.[a-z]{2,}$/i
/** Numbers of tickets, versions, rooms, machines. */
const NUMBERED = /^(?:(?:[A-Z]{1,8}|[a-z]{1,8})[-_#]?\d{1,12}|v?\d+(?:\.\d+)+|\d+[A-Za-z]{1,3}|#\d+|\p{L}+-\d+)$/u

/** A quick look: nothing else is worth a longer one. */
const ANNOUNCED =
  /pass|pwd|pw\b|pw[_\d]|psw|pswd|kennwor|losung|de passe|mdp|parol|contrase|clave|senha|wachtwo|l[oö]senord|adgang|kodeord|kodord|salasana|ha[sś][lł]o|heslo|jelsz|[sş]ifre|lozink|zapork|geslo|slapta|парол|κωδικ|συνθ|סיסמ|كلمة|密码|密碼|口令|パスワ|暗証|비밀번|암호|mật khẩu|รหัสผ่าน|पासव|sandi|cred|secret|geheim|login|logon|zugang|\bpin\b|\bpuk\b|\bww\b|[!$%^*?~&#+=§€@]/i
/** What tokens, keys and addresses with a login have. */
const LONG_WORD = /[\w+/=.-]{20}|:\/\/[^\s/]{0,200}@|-----BEGIN/

/** Words for a password. What is joined before it belongs to it, as in `dbpassword`; so do digits behind. */
const WORD = new RegExp(
  String.raw`(?<![\p{L}\p{N}])(?:[\p{L}\p{N}_.-]{0,24}?(?:${[
    'passwords?|passwd|passwrd|pa[sß]+w[oö]rt(?:er|es)?|pass[ -]?phrase|pass[ -]?code|pass[ -]word|kennw[oö]rt(?:er)?|losungswort',
    'mots?[ -]de[ -]passe|motdepasse|contrase(?:ñ|n|ni)as?|palavra[ -]passe|wachtwoord(?:en)?|l[oö]senord|passord|adgangs?kode|kodeord|kodord',
    'salasana|has[łl][oa]|hes[lł]o|jelsz[óo]|[şs]ifre(?:si)?|lozinka|zaporka|geslo|slaptažodis|parool|парол[ьяи]|парола|κωδικός|συνθηματικό',
    'סיסמ[הא]|كلمة (?:المرور|السر)|密码|密碼|口令|パスワード|暗証番号|비밀번호|암호|mật khẩu|รหัสผ่าน|पासवर्ड|kata sandi|pwd|pswd',
  ].join(
    '|',
  )})|(?:[\p{L}\p{N}]{1,24}[_.-])?(?:parol[ae]?|pass|pw|psw|pws|mdp|senha|ww|clave|pin|puk|secret|creds?|credentials?|geheim(?:nis)?))\d{0,3}(?![\p{Ll}\p{N}_])`,
  'giu',
)
/** Words that mean much else besides. */
const UNSURE = /(?:^|[_.-])(?:pin|puk|ww|clave|secret|creds?|credentials?|geheim(?:nis)?|парола|parol[ae]?)\d*$/i

/** What ties a value to the word before it. */
const SIGN = /^(?::=|=>|->|→|==?|[:：＝]|=)/
const IS =
  /^(?:is|was|are|ist|lautet|heißt|war|est|était|es|era|é|è|e|foi|är|er|on|jest|to|je|egy|este|is:|equals|now|jetzt|neu|new|currently|aktuell|actuel|to:|là|adalah|это|は|が)$/
const TO = /^(?:to|auf|en|à|a|na|in|til|till|på|op|para|zu)$/

/** Words that make it talk about passwords rather than tell one. */
const TALK =
  /^(?:(?:re)?set|resets?|resett?ing|reset(?:ted)?|zurückgesetzt|zurücksetzen|ändern|geändert|änderung|chang(?:e|ed|es|ing)|modifié|cambiad[ao]|expir(?:es|ed|y|ation|ing)|ablauf|läuft|abgelaufen|never|nie|policy|policies|richtlinien?|polic[ay]|length|länge|minimum|maximum|min|max|age|alter|history|complexity|last|letzte|next|days?|tage|required?|requires|erforderlich|must|muss|should|soll|cannot|can|kann|not|nicht|non|no|kein|keine|without|ohne|managed|verwaltet|rotat(?:es|ed|ion|ing)|stored|kept|hinterlegt|gespeichert|vault|safe|manager|tresor|server|service|team|admin(?:istrator)?s?|desk|support|officer|portal|sync|filter|agent|hint|question|recovery|forgotten|vergessen|unknown|unbekannt|generator|self-service|less|protected|geschützt|hash(?:es)?|quality|strength|lockout|attempts?|rate|ratio|file|url|link|see|siehe|ask|via|per|by|will|wird|has|have|wurde|been)$/

/** That it was given out, or is everywhere the same. */
const GIVEN_OUT =
  /(?:^|[^\p{L}])(?:default|initial|initiales|standard|start|temp|temporary|temporär|old|altes|same|gleiches|shared|gemeinsames|generic|simple|usual|übliches|known|universal|master|defecto|défaut|provvisoria|tijdelijk)(?:[^\p{L}]|$)/iu
const TALK_AROUND =
  /polic|richtlin|expire|ablauf|reset|zurück|chang|änder|must|muss|required|disabled|removed|never|vault|tresor/i

/** What stands in place of a password. */
const NOTHING =
  /^(?:none|no|nein|non|nie|nil|null|yes|ja|oui|true|false|on|off|ok|set|unset|not|nicht|n\/?a|unknown|unbekannt|inconnu|tbd|todo|keine?s?|aucun|ninguna?|-+|\?+|\*+|\.+|_+|x{3,}|\d+(?:[.,]\d+)?%|<[^>]*>|\[[^\]]*\]|the|der|die|das|le|la|el|same|a|an|ein)$/i
/** Words that tell where it is, or of what kind, rather than what it is. */
const ABOUT =
  /^(?:see|siehe|ask|frag(?:en)?|contact|kontakt|voir|ver|vedi|zie|cf|in|im|at|bei|by|from|von|with|mit|via|per|same|gleich|stored|kept|hinterlegt|vault|keepass\w*|cyberark|lastpass|bitwarden|1password|thycotic|hashicorp|pam|tresor|safe|managed|verwaltet|rotated?|reset|changed?|geändert|expired?|expires|never|must|muss|should|will|wird|has|have|required|erforderlich|mandatory|unchanged|hidden|secret|geheim|confidential|vertraulich|default|standard|initial|random|zufällig|generated|unknown|wie|as|like|only|nur|if|wenn|when|for|für|policy|protected|complex|strong|weak|different|default\.|enabled|disabled|only|user|users|account|and|und|or|oder|to|zu|is|ist|(?:https?|ldaps?|file):\/\/\S*)$/i
const ASKING = /^(?:default|standard|initial|same|gleich|wie|as|like|user|account)$/i
const DATE =
  /^(?:\d{1,4}[-./]\d{1,2}[-./]\d{1,4}(?:[T ].*)?|\d{1,2}[./]\d{4}|\d{1,2}:\d{2}(?::\d{2})?|\d{1,3}(?:days?|d|tage?)?|(?:19|20)\d{6}(?:\d{6}Z?)?|\d{1,2}-(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*-\d{2,4})$/i

const PAIR =
  /(?<![\p{L}\p{N}])(?:log[io]n|creds?|credentials?|zugang(?:sdaten)?|anmeldung|access|user(?:name)?|benutzer|acct|account|usr)\s{0,3}[:=]\s{0,3}[\p{L}\p{N}.@\\_-]{1,64}\s{0,3}[/|,:]\s{0,3}(\S{5,128})/giu
