/**
 * Text from a target, made safe to print: control characters, escape sequences and what turns the reading direction around
 * appear as `\u001b` and the like, so a host can neither move the cursor nor disguise a name.
 */
export const printable = (text: string): string =>
  text.replaceAll(
    /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu,
    (character) => `\\u${character.codePointAt(0)!.toString(16).padStart(4, '0')}`,
  )
