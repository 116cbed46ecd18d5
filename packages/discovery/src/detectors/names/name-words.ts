/**
 * The words of a name in lower case, however they are joined: `DB_PASSWORD`, `dbPassword`, `db.password`, `DB-Password` and
 * `DBPassword` have the same two. Digits stay with the word before them.
 */
export const wordsOfName = (name: string): string[] => {
  const parted = CAMEL.test(name) ? name.replaceAll(WORD_BEGINS, '$1 ').replaceAll(AFTER_ACRONYM, '$1 ') : name
  return parted.toLowerCase().match(WORDS) ?? []
}

const CAMEL = /\p{Ll}\p{Lu}|\p{Lu}{2}\p{Ll}|\d\p{Lu}/u
const WORD_BEGINS = /([\p{Ll}\d])(?=\p{Lu})/gu
const AFTER_ACRONYM = /(\p{Lu})(?=\p{Lu}\p{Ll})/gu
const WORDS = /[\p{L}\p{M}\p{N}]+/gu
