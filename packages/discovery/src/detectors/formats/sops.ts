import { credentialFormat } from '../detector.ts'
import { linesOf } from '../readers/lines-of.ts'
import { sighting } from '../readers/sighting.ts'

/** Files whose values SOPS has enciphered one by one; who can open them, the file says at its end. */
export default credentialFormat({
  id: 'sops',
  title: 'Values that SOPS has enciphered',
  files: [
    '*.sops.yaml',
    '*.sops.yml',
    '*.sops.json',
    '*.sops.env',
    '*.enc.yaml',
    '*.enc.yml',
    '*.enc.json',
    '*.enc.env',
    '*.sops.ini',
  ],
  announced: ['enc[aes256_gcm,data:'],
  begins: (head) => head.includes('ENC[AES256_GCM,data:'),
  whole: true,

  *read({ text }) {
    for (const line of linesOf(text)) {
      const match =
        /^[\s"'-]{0,200}?([\w.-]{1,128})["']?\s{0,8}[:=]\s{0,8}["']?(ENC\[AES256_GCM,data:[^\]]{1,60000}\])/.exec(
          line.text,
        )
      if (match === null || match[1] === 'mac') continue
      yield sighting({
        at: line.at + match[0].length - match[2]!.length,
        length: match[2]!.length,
        secret: /key/i.test(match[1]!) ? 'token' : 'password',
        name: match[1],
        valueClass: 'encrypted',
        scheme: 'sops',
      })
    }
  },

  examples: [
    {
      title: 'each value for itself',
      path: '/srv/app/secrets.enc.yaml',
      text: 'db:\n    password: ENC[AES256_GCM,data:b2Fr,iv:bGVhZg==,tag:Nw==,type:str]\nsops:\n    mac: ENC[AES256_GCM,data:cm93,iv:YW4=,tag:MTk=,type:str]\n    version: 3.8.1\n',
      finds: [{ line: 2, name: 'password', is: 'encrypted' }],
    },
    {
      title: 'rules of who may open',
      path: '/srv/app/.sops.yaml',
      text: 'creation_rules:\n  - path_regex: .*\n    age: age1oakleaf\n',
      finds: [],
    },
  ],
})
