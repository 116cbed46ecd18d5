import { credentialFormat } from '../detector.ts'
import { linesOf } from '../readers/lines-of.ts'
import { sighting } from '../readers/sighting.ts'

/** `host = port, account, secret`, as programs that watch databases list what they watch. */
const LISTED =
  /^([ \t]*(#?)[ \t]*([\w./:@-]{1,255})[ \t]*=[ \t]*(\d{4,5})[ \t]*,[ \t]*([A-Za-z_][\w.@-]{0,63})[ \t]*,[ \t]*)([^\s,]{1,256})[ \t]*$/

export default credentialFormat({
  id: 'listed-databases',
  title: 'Databases that are watched, each with its port, an account and the secret: Monitorix',
  files: ['monitorix*.conf', 'monitorix/conf.d/*.conf', 'monitorix/*.conf', 'monitorix/examples/*.conf'],

  *read({ text }) {
    for (const { text: line, at } of linesOf(text)) {
      const [, lead = '', mark = '', host = '', port = '', account = '', secret = ''] = LISTED.exec(line) ?? []
      if (secret !== '')
        yield sighting({
          at: at + lead.length,
          length: secret.length,
          secret: 'password',
          account,
          system: host.startsWith('/') ? host : `${host}:${port}`,
          service: port === '5432' ? 'postgresql' : 'mysql',
          commented: mark !== '',
        })
    }
  },

  examples: [
    {
      title: 'by host, and by socket',
      path: '/etc/monitorix/monitorix.conf',
      text: '<mysql>\n\t<list>\n\t\tdb1 = 3306, shop, oak-leaf-7\n\t\t/run/mysqld/mysqld.sock = 3306, root, rowan-19\n\t</list>\n</mysql>\n',
      finds: [
        { line: 3, account: 'shop', system: 'db1:3306' },
        { line: 4, account: 'root', system: '/run/mysqld/mysqld.sock' },
      ],
    },
    {
      title: 'other lists',
      path: '/etc/monitorix/monitorix.conf',
      text: '\tlist = eth0, eth1, lo\n\tgraph = 3, on, 2\n\tmax = 80\n',
      finds: [],
    },
  ],
})
