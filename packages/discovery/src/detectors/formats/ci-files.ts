import { credentialFormat } from '../detector.ts'
import { sighting } from '../readers/sighting.ts'
import { entriesOf } from '../syntaxes/entries-of.ts'
import { yaml } from '../syntaxes/yaml.ts'

/** What services that build and test keep encrypted in the files that tell them what to do; the rest of those is YAML. */
export default credentialFormat({
  id: 'ci-files',
  title: 'Encrypted values in files of services that build: Travis, AppVeyor, Drone',
  files: ['.travis.yml', 'appveyor.yml', '.appveyor.yml', '.drone.yml', '.drone.yaml', '.woodpecker.yml'],

  *read(file) {
    let left = 1000
    for (const { keys, value, at, length, quoted, commented } of entriesOf(file, yaml)) {
      const own = keys.at(-1)!
      const drone = own === 'data' && keys.length === 1 && /^[A-Za-z0-9+/=\s]{24,}$/.test(value)
      if (own !== 'secure' && !drone) continue
      if (value.length < 8 || left-- === 0) continue
      const names = keys.filter((key) => /^[A-Za-z_][\w.-]{0,63}$/.test(key))
      yield sighting({
        at,
        length,
        value,
        secret: 'shared-secret',
        name: names.join('.'),
        quoted: quoted ? true : undefined,
        commented,
        valueClass: 'encrypted',
        scheme: drone ? 'drone' : 'ci-service',
      })
    }
  },

  examples: [
    {
      title: 'a variable of Travis',
      path: '/srv/app/.travis.yml',
      text: 'env:\n  global:\n    - secure: "Zm9vYmFyYmF6cXV1eA=="\n',
      finds: [{ line: 3, is: 'encrypted', name: 'env.global.secure' }],
    },
    { title: 'nothing encrypted', path: '/srv/app/.travis.yml', text: 'language: c\nscript: make token\n', finds: [] },
  ],
})
