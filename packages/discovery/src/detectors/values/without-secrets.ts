/** A name or address without what is secret in it: the password of a URL, its query, control characters. */
export const withoutSecrets = (text: string): string =>
  text
    .replace(/^([a-z][a-z0-9+.-]{0,31}:(?:[a-z][a-z0-9+.-]{0,31}:)?\/\/)[^/?#\s]*@/i, '$1')
    .replace(/[?#;].*$/s, '')
    .replaceAll(/[\0-\u001f\u007f]/g, '')
    .trim()
