import { credentialFormat } from '../detector.ts'
import { linesOf } from '../readers/lines-of.ts'
import { sighting } from '../readers/sighting.ts'
import { urlLoginAt } from '../readers/url-login.ts'

export default credentialFormat({
  id: 'git-credentials',
  title: "Logins of Git's credential store: `.git-credentials`",
  files: ['.git-credentials', '*.git-credentials', '.config/git/credentials', 'git-credentials'],
  whole: true,

  *read({ text }) {
    for (const line of linesOf(text)) {
      const login = urlLoginAt(line.text, 0)
      if (login === undefined) continue
      const { account, system, password: value, at, length } = login
      yield sighting({
        at: line.at + at,
        length,
        value,
        secret: 'password',
        name: 'password',
        account,
        system,
        service: 'git',
      })
    }
  },

  examples: [
    {
      title: 'each line is a URL with a login, encoded as in URLs',
      path: '/root/.git-credentials',
      text: 'https://alice:oak%2Fleaf-7@git.example.org\nhttp://bob%40example.org:rowan.19@10.0.0.5:3000/team\n',
      finds: [
        { line: 1, account: 'alice', system: 'git.example.org', service: 'git' },
        { line: 2, account: 'bob@example.org', system: '10.0.0.5:3000' },
      ],
    },
    {
      title: 'a URL without a login is none',
      path: '/root/.git-credentials',
      text: 'https://git.example.org/x\n',
      finds: [],
    },
  ],
})
