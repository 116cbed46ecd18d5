import { credentialFormat } from '../detector.ts'
import { linesOf } from '../readers/lines-of.ts'
import { sighting } from '../readers/sighting.ts'

/** What proves to a provider that a domain is ours, given as a word: `dns PROVIDER TOKEN`. */
const PROVEN = /^([ \t]*(#?)[ \t]*(?:acme_dns|dns)[ \t]+([a-z]\w{1,30})[ \t]+)([^\s{}"]{8,256})[ \t]*(?:\{[ \t]*)?$/

export default credentialFormat({
  id: 'caddy',
  title: 'Caddy: tokens of providers of DNS',
  files: ['caddyfile', 'caddyfile.*', '*.caddyfile', 'caddy/conf.d/*', 'caddy/sites/*'],

  *read({ text }) {
    for (const { text: line, at } of linesOf(text)) {
      const [, lead = '', mark = '', service = '', secret = ''] = PROVEN.exec(line) ?? []
      if (secret !== '')
        yield sighting({
          at: at + lead.length,
          length: secret.length,
          secret: 'token',
          name: 'dns',
          service,
          commented: mark !== '',
        })
    }
  },

  examples: [
    {
      title: 'for a site, and for all',
      path: '/etc/caddy/Caddyfile',
      text: '{\n\tacme_dns cloudflare oak-leaf-7-rowan\n}\na.example.org {\n\ttls {\n\t\tdns hetzner birch-12x-elm\n\t}\n}\n',
      finds: [
        { line: 2, service: 'cloudflare' },
        { line: 6, service: 'hetzner' },
      ],
    },
    {
      title: 'taken from the environment',
      path: '/etc/caddy/Caddyfile',
      text: 'a.example.org {\n\ttls {\n\t\tdns cloudflare {env.CF_TOKEN}\n\t}\n}\n',
      finds: [],
    },
  ],
})
