import { runInNewContext } from 'node:vm'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { adminsOf, resultOf, type Asker, type PolkitResult } from './rules.ts'
import { parseScript } from './script.ts'

// Rules are JavaScript: what we read in them is compared with what an engine makes of them, run here on our own texts only.

interface Request {
  readonly action: string
  readonly user: string
  readonly groups: readonly string[]
  readonly active: boolean
  readonly unit: string
}

const byEngine = (text: string, { action, user, groups, active, unit }: Request): string => {
  const rules: ((action: object, subject: object) => string | null | undefined)[] = []
  const polkit = {
    Result: {
      YES: 'yes',
      NO: 'no',
      AUTH_SELF: 'auth_self',
      AUTH_SELF_KEEP: 'auth_self',
      AUTH_ADMIN: 'auth_admin',
      AUTH_ADMIN_KEEP: 'auth_admin',
      NOT_HANDLED: null,
    },
    addRule: (rule: (typeof rules)[number]) => rules.push(rule),
    addAdminRule: () => {},
    log: () => {},
  }
  runInNewContext(text, { polkit })
  const subject = { user, active, local: active, groups, isInGroup: (name: string) => groups.includes(name) }
  const lookup = (key: string) => (key === 'unit' ? unit : undefined)
  for (const rule of rules) {
    const result = rule({ id: action, lookup }, subject)
    if (result !== null && result !== undefined) return result
  }
  return 'nothing'
}

const byUs = (text: string, { action, user, groups, active, unit }: Request): PolkitResult => {
  const script = parseScript(text)
  if (script.fault !== undefined) return 'unknown'
  const held = new Set([user, ...groups.map((name) => `%${name}`), ...(active ? ['session'] : []), `unit=${unit}`])
  for (const rule of script.rules) {
    const result = rule.kind === 'rule' ? resultOf(script, rule, action, held, new Map<string, Asker>()) : 'nothing'
    if (result !== 'nothing') return result
  }
  return 'nothing'
}

const ACTIONS = ['org.freedesktop.policykit.exec', 'org.freedesktop.systemd1.manage-units', 'org.libvirt.unix.manage']
const condition = fc.letrec<{ any: string; one: string }>((tie) => ({
  one: fc.constantFrom(
    'action.id == "org.freedesktop.policykit.exec"',
    "action.id === 'org.freedesktop.systemd1.manage-units'",
    'action.id.indexOf("org.freedesktop.") == 0',
    'action.id.indexOf("systemd1") >= 0',
    'action.id.indexOf("libvirt") !== -1',
    'action.id.startsWith("org.lib")',
    '["org.libvirt.unix.manage", "x"].indexOf(action.id) > -1',
    'allowed.includes(action.id)',
    'subject.isInGroup("ops")',
    "subject.isInGroup('web') == true",
    'subject.groups.indexOf("web") >= 0',
    'subject.user == "ann"',
    'subject.user != "bob"',
    '["ann", "eve"].indexOf(subject.user) != -1',
    'subject.active',
    'subject.local == true',
    'action.lookup("unit") == "nginx.service"',
    'true',
    'subject.user.length > 3',
    'action.id.match(/exec/)',
  ),
  any: fc.oneof(
    { maxDepth: 3 },
    tie('one'),
    fc
      .tuple(tie('any'), fc.constantFrom('&&', '||'), tie('any'))
      .map(([left, how, right]) => `(${left} ${how} ${right})`),
    tie('any').map((inner) => `!(${inner})`),
  ),
})).any
const value = fc.constantFrom('YES', 'NO', 'AUTH_SELF', 'AUTH_ADMIN_KEEP', 'NOT_HANDLED')
const statement = fc.oneof(
  fc.tuple(condition, value).map(([test, result]) => `if (${test}) { return polkit.Result.${result}; }`),
  fc
    .tuple(condition, value, value)
    .map(([test, one, other]) => `if (${test}) return polkit.Result.${one}; else return polkit.Result.${other}`),
  fc
    .tuple(condition, value)
    .map(
      ([test, result]) =>
        `var ok = ${test};\nif (ok) {\n  polkit.log("x" + action.id);\n  return polkit.Result.${result}\n}`,
    ),
  fc.tuple(condition, value).map(([test, result]) => `return ${test} ? polkit.Result.${result} : null;`),
  fc.constantFrom(
    'for (;;) { return polkit.Result.YES; }',
    'switch (action.id) { default: return polkit.Result.NO; }',
    '// note',
    'return;',
  ),
)
const rule = fc
  .tuple(fc.boolean(), fc.array(statement, { maxLength: 3 }))
  .map(([arrow, body]) =>
    arrow
      ? `polkit.addRule((action, subject) => {\n${body.join('\n')}\n});`
      : `polkit.addRule(function(action, subject) {\n${body.join('\n')}\n})`,
  )
const script = fc
  .array(rule, { minLength: 1, maxLength: 3 })
  .map((rules) => `/* head */\nvar allowed = ["org.libvirt.unix.manage"];\n${rules.join('\n')}\n`)
const request = fc.record({
  action: fc.constantFrom(...ACTIONS),
  user: fc.constantFrom('ann', 'bob', 'eve'),
  groups: fc.subarray(['ops', 'web']),
  active: fc.boolean(),
  unit: fc.constantFrom('nginx.service', 'other.service'),
})

test('what a rule says is what an engine makes of it, or is said to be unknown', () => {
  let known = 0
  fc.assert(
    fc.property(script, request, (text, asked) => {
      const ours = byUs(text, asked)
      if (ours === 'unknown') return
      known++
      expect(ours, text).toBe(byEngine(text, asked))
    }),
    { numRuns: 600 },
  )
  expect(known).toBeGreaterThan(100)
})

test('the administrators are those that the first function returns', () => {
  const { rules, constants } = parseScript(
    'const who = ["unix-group:wheel", "unix-user:ann"];\npolkit.addAdminRule(function(action, subject) { return who; });',
  )
  expect(adminsOf({ rules, constants }, rules[0]!, 'x')).toEqual(['unix-group:wheel', 'unix-user:ann'])
  const asked = parseScript(
    'polkit.addAdminRule(function(a, s) { if (s.isInGroup("x")) return ["unix-user:0"]; return ["unix-group:y"]; });',
  )
  expect(adminsOf(asked, asked.rules[0]!, 'x')).toBeUndefined()
})

test('the first line that is not understood is told', () => {
  expect(parseScript('polkit.addRule(function(a, s) {\n  while (true) {}\n});').fault).toBe(2)
  expect(parseScript('// fine\n"unterminated').fault).toBe(2)
  expect(parseScript('polkit.addRule(function(a, s) { return polkit.Result.YES; });').fault).toBeUndefined()
})

test('whatever the text, there is an answer, however deep it is nested', () => {
  const piece = fc.constantFrom(
    'polkit.addRule(',
    'function(a, s) {',
    '}',
    ')',
    '(',
    '[',
    ']',
    'if (',
    'a.id',
    '==',
    '"x"',
    '&&',
    '!',
    ';',
    'return',
    ' ',
    '?',
    ':',
    '.',
    ',',
    '\n',
    'var x =',
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(piece).map((all) => all.join('')),
        fc.tuple(piece, fc.nat(20_000)).map(([one, times]) => one.repeat(times)),
      ),
      (text) => {
        const parsed = parseScript(text)
        for (const one of parsed.rules) expect(resultOf(parsed, one, 'x', new Set(), new Map())).toBeTypeOf('string')
      },
    ),
  )
})
