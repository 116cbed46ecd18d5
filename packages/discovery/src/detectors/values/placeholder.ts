/**
 * Whether a value is a stand-in that somebody should have replaced, or that hides the real one: it opens nothing as it is written.
 * `sure`: it stands where nearly anything is a secret, so that only what says so itself is one.
 */
export const isPlaceholder = (value: string, sure: boolean): boolean => {
  if (value.length > 200) return false
  if (MASK.test(value)) return true
  const joined = joinedWords(value)
  return SAYS_SO.test(joined) || (!sure && (IS_A_NAME.test(joined) || CONSTANT.test(value)))
}

/**
 * Whether a value is put together of words that samples have: `my_password`, `test-secret`. It opens what it is given to all the same,
 * where anybody may choose it.
 */
export const isOfSamples = (value: string): boolean =>
  value.length <= 64 && (OF_SAMPLES.test(joinedWords(value)) || isNamedAfter(value))

/** Whether it is what a secret is called, behind other words: `db_password`. */
export const isNamedAfter = (value: string): boolean => value.length <= 200 && NAMED_AFTER.test(joinedWords(value))

const joinedWords = (value: string) => value.replaceAll(/[\s.-]+/g, '_')

const MASK =
  /^:?(?:[xX]{3,}|(?:[xX]{2,8}-){2,8}[xX]{2,16}|\*{2,}|\.{2,}|-{2,}|_{2,}|#{2,}|\?{2,}|=+|…+|•+|●+|\\?\*+|0{8,}|<[^>]{0,200}>|\([^)]{0,100}\)|\[[A-Za-z _.-]{1,100}\]|\.{3}.{0,20}|.{1,6}\.{3}|~+|!+|n\/a)$/i

/** Blanks and what joins words stand as `_`. */
const SAYS_SO =
  /(?:^|[^a-z])(?:your|ihr|votre)_?(?:_|own|pass|secret|token|api|key|db|user|strong|very)|replace_?(?:me|with|this|it)|place_?holder|(?:^|_)change_(?:me|this|it|in|the|your|before)|change_?me_|^(?:please|must|to)_(?:be_)?(?:change|set|replace|fill)|(?:^|_)(?:put|insert|enter|add|fill|type|paste|provide|specify|choose|generate|supply|define)_(?:[a-z0-9]{1,20}_){0,3}(?:here|your|a|the|in|password|secret|token|key|something)|(?:^|_|pass|word|secret|token|key)here$|(?:^|_)change_?th(?:is|ese)|redacted|(?:^|_)(?:removed|masked|hidden|omitted|stripped|sanitized|scrubbed|obscured)$|^(?:todo|tbd|fixme|dummy|bogus|notset|not_set|unset|not_used|not_needed)$|xxxx|not_?a_?real|^XXX|XXX$/i

/** It only says what should stand here. */
const IS_A_NAME =
  /^(?:any|real|actual)_(?:[a-z0-9]{1,20}_){0,3}(?:password|passwd|passphrase|secret|token|key)(?:_[a-z0-9]{1,20})?$|^(?:password|secret|token|key)_(?:value|string|example|here|for_[a-z0-9]{1,20}|hash|text|file|name)$|^(?:long|random|strong|secure|complex|unique|something)_(?:[a-z0-9]{1,20}_){0,4}(?:string|phrase|value|password|secret|key|token|chars)$/i

/** The name of a constant, or of what is to be filled in: `DB_PASSWORD`, `NOVA_PASS`. */
const CONSTANT = /^(?:[A-Z]{2,20}(?:_[A-Z]{2,20}){1,6}|PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|APIKEY)$/

const OF_SAMPLES =
  /^(?:(?:my|our|the|a|an|some|test|tests|testing|tester|sample|example|demo|default|dummy|fake|foo|bar|rep|repl|big|top|very|super|user|users|admin|root|db|database|mysql|sql|pg|app|web|new|old|first|second)_?){0,4}(?:secret|pass|passwd|password|passphrase|pw|pwd|passwort|key|token)(?:_?(?:secret|pass|passwd|password|word|key|\d{1,4}|!)){0,2}$/i

/** Words joined to what a secret is called. */
const NAMED_AFTER =
  /^(?:some|the|a|an|example|sample|dummy|fake)_(?:[a-z0-9]{1,20}_){0,3}(?:password|passwd|passphrase|secret|token|key)(?:_[a-z0-9]{1,20})?$|^(?:[a-z0-9]{1,20}_){1,3}(?:password|passwd|token|apikey|api_key|passphrase)$/i
