import { credentialFormat, type Sighting } from '../detector.ts'
import { sighting } from '../readers/sighting.ts'

/** `type host port [user password]` behind `[ProxyList]`. */
const PROXY =
  /^[ \t]*(#)?[ \t]*(?:socks4|socks5|http|https|raw)[ \t]+([\w.:-]{1,255}[ \t]+\d{1,5})[ \t]+(\S{1,128})[ \t]+(\S{1,256})[ \t]*$/gm

export default credentialFormat({
  id: 'proxychains',
  title: 'Logins to the proxies of proxychains',
  files: ['proxychains.conf', 'proxychains4.conf', '.proxychains/*.conf', 'proxychains/*.conf'],
  whole: true,

  *read({ text }): Iterable<Sighting> {
    const list = text.search(/^\[ProxyList\]/im)
    if (list === -1) return
    for (const match of text.slice(list).matchAll(PROXY)) {
      const [whole, mark, place = '', account, value = ''] = match
      const at = list + match.index + whole.trimEnd().length - value.length
      yield sighting({
        at,
        length: value.length,
        secret: 'password',
        name: 'password',
        account,
        system: place.replace(/[ \t]+/, ':'),
        service: 'proxy',
        ...(mark === undefined ? {} : { commented: true }),
      })
    }
  },

  examples: [
    {
      title: 'name and password behind the port',
      path: '/etc/proxychains4.conf',
      text: '[ProxyList]\n# socks5 192.0.2.9 1080 bob birch-12\nsocks5  192.0.2.7 1080 alice oak-leaf-7\n',
      finds: [
        { line: 2, account: 'bob', system: '192.0.2.9:1080', state: 'commented' },
        { line: 3, account: 'alice', system: '192.0.2.7:1080', service: 'proxy' },
      ],
    },
    {
      title: 'proxies without logins',
      path: '/etc/proxychains.conf',
      text: 'strict_chain\n[ProxyList]\nsocks4 127.0.0.1 9050\n',
      finds: [],
    },
  ],
})
