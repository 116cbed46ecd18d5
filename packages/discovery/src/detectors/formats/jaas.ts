import { credentialFormat } from '../detector.ts'
import { sighting } from '../readers/sighting.ts'
import { secretNamed } from '../names/secret-name.ts'

export default credentialFormat({
  id: 'jaas',
  title: 'Logins of Java services: Kafka, ZooKeeper and others that read JAAS',
  files: ['*jaas*.conf', '*.jaas', 'login.config', '*login*.conf'],
  announced: ['loginmodule'],
  begins: (head) =>
    /^(?:\s|\/\/[^\n]*\n|\/\*[^*]{0,2000}\*\/){0,40}[\w.-]{1,100}\s{0,16}\{\s{0,64}[\w.]{1,200}LoginModule\s/.test(
      head,
    ),
  named: true,
  whole: true,

  *read({ text }) {
    for (const block of text.matchAll(BLOCK)) {
      const [whole, section = '', body = ''] = block
      const from = block.index + whole.length - body.length - 1
      const all = [...body.matchAll(OPTION)]
      const account = all.find(([, name]) => /^(?:username|user|bindDn|principal)$/i.test(name!))
      for (const option of all) {
        const [all = '', name = '', double, single, bare] = option
        const value = double ?? single ?? bare ?? ''
        const user = /^user_([\w.@-]{1,64})$/.exec(name)?.[1]
        const secret = user === undefined ? secretNamed(name) : { secret: 'password' as const }
        if (secret === undefined || value === '' || /^(?:true|false)$/.test(value)) continue
        yield sighting({
          at: from + option.index + all.length - value.length - (bare === undefined ? 1 : 0),
          length: value.length,
          secret: secret.secret,
          name: `${section}.${name}`,
          account: user ?? account?.[2] ?? account?.[3] ?? account?.[4],
          quoted: true,
        })
      }
    }
  },

  examples: [
    {
      title: 'the login of a service, and those that it lets in',
      path: '/etc/kafka/kafka_server_jaas.conf',
      text: `KafkaServer {
  org.apache.kafka.common.security.plain.PlainLoginModule required
  username="broker"
  password="oak-leaf-7"
  user_alice="rowan-19";
};
`,
      finds: [
        { line: 4, name: 'KafkaServer.password', account: 'broker' },
        { line: 5, name: 'KafkaServer.user_alice', account: 'alice' },
      ],
    },
    {
      title: 'a keytab instead',
      path: '/etc/kafka/jaas.conf',
      text: 'Client {\n  com.sun.security.auth.module.Krb5LoginModule required useKeyTab=true storeKey=true keyTab="/etc/k.keytab" principal="k/h";\n};\n',
      finds: [],
    },
  ],
})

const BLOCK = /([\w.-]{1,100})\s{0,64}\{([^{}]{0,65536})\}/g
const OPTION = /(?<![\w.])([\w.-]{1,100})\s?=\s?(?:"((?:[^"\\\n]|\\.){0,4096})"|'([^'\n]{0,4096})'|([^\s;"']{0,4096}))/g
