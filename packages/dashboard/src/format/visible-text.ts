/**
 * What a target says, made safe to look at: characters that are invisible or that reorder text around them (controls,
 * directional overrides, zero-width characters; Unicode TR36) appear by their code point. Nobody hides in a table.
 */
export const visibleText = (text: string): string =>
  text.replaceAll(HIDDEN, (character) => `‹U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}›`)

const HIDDEN =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]|\u034f|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g
