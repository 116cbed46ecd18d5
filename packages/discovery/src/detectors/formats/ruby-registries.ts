import { credentialFormat } from '../detector.ts'
import { linesOf } from '../readers/lines-of.ts'
import { sighting } from '../readers/sighting.ts'
import { urlLoginIn } from '../readers/url-login.ts'

/** One `name: value` on a line, with quotes or without: all of YAML that these two files use. */
export default credentialFormat({
  id: 'ruby-registries',
  title: 'Logins for package registries of Ruby: `.gem/credentials`, `.gemrc`, `.bundle/config`',
  files: ['.gem/credentials', '.local/share/gem/credentials', '.bundle/config', '.gemrc', 'gemrc', 'bundle/config'],
  whole: true,

  *read({ text, path }) {
    const bundle = path.toLowerCase().endsWith('config')
    for (const line of linesOf(text)) {
      const match =
        /^[ \t]{0,64}(?:- )?[ \t]{0,64}(#[ \t]{0,64})?(:?[\w./:-]{0,512}?)[:] {1,64}(?:"([^"]{1,4096})"|'([^']{1,4096})'|(?:Bearer {1,8})?(\S{1,4096}))[ \t]{0,64}$/.exec(
          line.text,
        )
      const source = match === null ? urlLoginIn(line.text) : undefined
      if (match === null && source === undefined) continue
      const [whole = '', comment, key = '', ...values] = match ?? []
      const written = values.find((one) => one !== undefined) ?? line.text
      const at = line.at + (match === null ? 0 : whole.lastIndexOf(written))
      const commented = comment !== undefined
      const url = urlLoginIn(written)
      if (url !== undefined)
        yield sighting({
          at: at + url.at,
          length: url.length,
          value: url.password,
          secret: 'password',
          account: url.account,
          system: url.system,
          service: 'rubygems',
          evidence: 'url',
          commented,
        })
      else if (bundle) {
        const host = HOST_SETTING.exec(key)?.[1]
        const colon = written.indexOf(':')
        if (host === undefined || /^(?:true|false|\d{1,9}|[/~.].*)$/.test(written)) continue
        const system = host.toLowerCase().replaceAll('___', '-').replaceAll('__', '.')
        yield sighting({
          at: at + colon + 1,
          length: written.length - colon - 1,
          secret: colon < 0 ? 'token' : 'password',
          name: key.slice(0, 128),
          account: colon < 0 ? undefined : written.slice(0, colon),
          system,
          service: 'rubygems',
          commented,
        })
      } else if (/^:?[\w:./-]*(?:api_?key|:github|https?:\/\/|rubygems)/i.test(key) && written.length > 5)
        yield sighting({
          at,
          length: written.length,
          secret: 'token',
          name: /^:?(\w{1,64})$/.exec(key)?.[1] ?? 'api_key',
          system: key === ':rubygems_api_key' ? 'rubygems.org' : /^https?:\/\/\S+/.exec(key)?.[0],
          service: 'rubygems',
          commented,
        })
    }
  },

  examples: [
    {
      title: 'keys for sending gems, by registry',
      path: '/root/.gem/credentials',
      text: '---\n:rubygems_api_key: oak-leaf-7-rowan\nhttps://gems.example.org: birch-12-alder\n:github: Bearer alder-3-elm\n',
      finds: [
        { line: 2, name: 'rubygems_api_key', secret: 'token', system: 'rubygems.org', service: 'rubygems' },
        { line: 3, system: 'https://gems.example.org' },
        { line: 4, name: 'github' },
      ],
    },
    {
      title: 'logins for hosts that gems come from, in names made of the host',
      path: '/srv/app/.bundle/config',
      text: '---\nBUNDLE_PATH: "vendor/bundle"\nBUNDLE_GEMS__EXAMPLE___ORG__COM: "alice:oak-leaf-7"\nBUNDLE_GEM__FURY__IO: "rowan19birch"\nBUNDLE_JOBS: "4"\n',
      finds: [
        { line: 3, account: 'alice', system: 'gems.example-org.com' },
        { line: 4, secret: 'token', system: 'gem.fury.io' },
      ],
    },
    {
      title: 'settings that are no logins',
      path: '/srv/app/.bundle/config',
      text: '---\nBUNDLE_PATH: "vendor/bundle"\nBUNDLE_WITHOUT: "development:test"\nBUNDLE_BUILD__NOKOGIRI: "--use-system-libraries"\nBUNDLE_DISABLE_SHARED_GEMS: "true"\n',
      finds: [],
    },
  ],
})

/** The host that a setting is for: it has a dot, which is written `__`, and ends like one. */
const HOST_SETTING = /^BUNDLE_(?!BUILD__|LOCAL__|MIRROR__|PLUGINS__)([A-Z0-9]+(?:_{2,3}[A-Z0-9]+){1,8})$/
