import { base64Bytes } from '../../formats/ssh-keys/public-key.ts'

/** Name and password of what HTTP's basic authentication sends: base64 of both with a colon between them. */
export const basicLogin = (encoded: string): { readonly account: string; readonly password: string } | undefined => {
  const text = base64Text(encoded)
  const colon = text?.indexOf(':') ?? -1
  return text === undefined || colon < 0 || colon === text.length - 1
    ? undefined
    : { account: text.slice(0, colon), password: text.slice(colon + 1) }
}

/** The text that base64 stands for; undefined where it is no base64, or stands for no printable text. */
export const base64Text = (encoded: string): string | undefined => {
  if (!/^[A-Za-z0-9+/_-]{2,8192}={0,2}$/.test(encoded)) return undefined
  const bytes = base64Bytes(encoded.replaceAll('-', '+').replaceAll('_', '/'))
  const text = bytes === undefined ? undefined : new TextDecoder().decode(bytes)
  return text === undefined || /[\0-\u001f\u007f\ufffd]/.test(text) ? undefined : text
}
