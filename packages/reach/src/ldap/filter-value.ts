/** Text as a value in a filter (RFC 4515 3). */
export const filterValue = (text: string): string =>
  text.replace(/[\0()*\\]/g, (character) => `\\${character.charCodeAt(0).toString(16).padStart(2, '0')}`)
