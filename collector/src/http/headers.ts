import { z } from 'zod'

/** What `dist/csp.json` of the dashboard says: hashes of the style elements that its components put in. */
const policyFile = z.object({
  styleHashes: z.array(z.string().regex(/^'?sha(256|384|512)-[A-Za-z0-9+/]+={0,2}'?$/)).max(100),
})

/** The style hashes of a dashboard's `csp.json`; none when it cannot be read so. */
export const styleHashes = (json: string | undefined): readonly string[] => {
  if (json === undefined) return []
  return policyFile.parse(JSON.parse(json)).styleHashes.map((hash) => `'${hash.replaceAll("'", '')}'`)
}

/** On every answer, whatever it is: a browser is told to run, frame and send nothing that is not ours. */
export const securityHeaders = (hashes: readonly string[], secure: boolean): Record<string, string> => ({
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    ["style-src 'self'", ...hashes].join(' '),
    "img-src 'self' data:",
    "connect-src 'self'",
    "font-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()',
  'cache-control': 'no-store',
  'x-frame-options': 'DENY',
  ...(secure ? { 'strict-transport-security': 'max-age=31536000' } : {}),
})
