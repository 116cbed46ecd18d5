import { credentialFormat } from '../detector.ts'
import { sighting } from '../readers/sighting.ts'
import { entriesOf } from '../syntaxes/entries-of.ts'
import { json } from '../syntaxes/json.ts'
import { yaml } from '../syntaxes/yaml.ts'

/** Files in which every value is a secret, whatever it is called. */
export default credentialFormat({
  id: 'secrets-files',
  title: 'Files of secrets alone: of GitLab, of Home Assistant and ESPHome, of Rails',
  files: [
    'gitlab-secrets.json',
    'gitlab/secrets.yml',
    'homeassistant/secrets.yaml',
    '.homeassistant/secrets.yaml',
    'esphome/secrets.yaml',
    'config/secrets.yml',
    'hass/secrets.yaml',
  ],

  *read(file) {
    const entries = entriesOf(file, file.path.toLowerCase().endsWith('.json') ? json : yaml)
    for (const { keys, value, at, length, quoted, commented } of entries) {
      const own = keys.at(-1)!
      const names = keys.filter((key) => !/^\d+$/.test(key)).map((key) => (/^[\w.-]{1,64}$/.test(key) ? key : '*'))
      if (value.length < 4 || !SECRET.test(own) || /^(?:true|false|null|\d{1,4}|https?:\/\/[^@]*)$/.test(value))
        continue
      yield sighting({
        at,
        length,
        value,
        secret: /private_key|signing_key|rsa/.test(own) ? 'private-key' : 'shared-secret',
        name: names.join('.'),
        commented,
        ...(quoted ? { quoted } : {}),
      })
    }
  },

  examples: [
    {
      title: 'keys of GitLab',
      path: '/etc/gitlab/gitlab-secrets.json',
      text: '{"gitlab_rails": {"db_key_base": "0f3c9a5be1d24778", "otp_key_base": "9ae1c0ffee425d31"}, "gitlab_workhorse": {"secret_token": "b2FrLWxlYWYtNw"}}',
      finds: [
        { line: 1, name: 'gitlab_rails.db_key_base' },
        { line: 1, name: 'gitlab_rails.otp_key_base' },
        { line: 1, name: 'gitlab_workhorse.secret_token' },
      ],
    },
    {
      title: 'none yet',
      path: '/srv/homeassistant/secrets.yaml',
      text: '# Use this file to store secrets.\nlatitude: 52.1\n',
      finds: [],
    },
  ],
})

const SECRET = /pass|pwd|secret|token|key|psk|pin$|code$|salt|_base$|credential|private/i
