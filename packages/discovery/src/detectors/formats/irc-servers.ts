import { settingsFormat } from '../dialects/settings-format.ts'
import { beside, firstOf, heading } from '../dialects/secret-rules.ts'

export default settingsFormat({
  id: 'irc-servers',
  title:
    'Servers and services of IRC with blocks: operators, links and logins of UnrealIRCd, ircd-hybrid, solanum, Anope, Atheme, bip',
  files: [
    'unrealircd*.conf',
    'unrealircd/*.conf',
    'unrealircd/*/*.conf',
    'ircd*.conf',
    'ircd-hybrid/*.conf',
    'ircd/*.conf',
    'solanum/*.conf',
    'services.conf',
    'anope/*.conf',
    'atheme/*.conf',
    'atheme*.conf',
    'bip.conf',
    'charybdis*.conf',
    'ircd-ratbox/*.conf',
  ],
  blocks: { comments: ['#', '//'], enclosed: true },
  secrets: [
    {
      names: [
        'operator/password',
        'oper/password',
        'user/password',
        'auth/password',
        'allow/password',
        'password',
        'client_password',
      ],
      account: firstOf(
        (setting) =>
          /^(?:oper|operator|link)$/.test(setting.block.words[0] ?? '') ? setting.block.words[1] : undefined,
        beside('name', 'user', 'username'),
      ),
      system: beside('host', 'ipaddr', 'hostname'),
      service: 'irc',
    },
    {
      names: [
        'send_password',
        'accept_password',
        'password-incoming',
        'password-outgoing',
        'password-receive',
        'password-connect',
        'receive_password',
        'link/password',
        'send-password',
      ],
      secret: 'shared-secret',
      system: firstOf(beside('name', 'host', 'hostname'), heading(1)),
      service: 'irc',
    },
    {
      names: ['rsa_private_key_pass', 'restart-password', 'die-password', 'restart', 'die', 'xline_password'],
      service: 'irc',
      when: (_, { values, block }) => block.words[0] !== 'privset' && values.length === 1 && values[0]!.quoted,
    },
    {
      names: ['cloak_key', 'cloak-keys', 'nick_password', 'sasl_password'],
      secret: 'shared-secret',
      service: 'irc',
      when: (_, { values }) => values.length === 1,
    },
  ],
  examples: [
    {
      title: 'operators and links',
      path: '/etc/unrealircd/unrealircd.conf',
      text: `oper alice {
	mask *@*;
	password "$argon2id$v=19$m=6144,t=2,p=2$abcdefgh$0123456789abcdef";
};
link hub.example.org {
	incoming { mask *@*; };
	password "oak-leaf-7";
};
/* drpass { restart "rowan"; die "elm"; } */
`,
      finds: [
        { line: 3, is: 'hash', account: 'alice' },
        { line: 7, account: 'hub.example.org' },
        { line: 9, state: 'commented' },
        { line: 9, state: 'commented' },
      ],
    },
    {
      title: 'with signs between name and value',
      path: 'etc/ircd-hybrid/ircd.conf',
      text: 'operator {\n  name = "bob";\n  password = "oak-leaf-7";\n};\nconnect {\n  name = "hub.example.org";\n  host = "192.0.2.3";\n  send_password = "rowan";\n  accept_password = "elm 4";\n};\n',
      finds: [
        { line: 3, account: 'bob' },
        { line: 8, system: 'hub.example.org', secret: 'shared-secret' },
        { line: 9, system: 'hub.example.org' },
      ],
    },
    {
      title: 'channels',
      path: 'ircd.conf',
      text: 'channel { default_split_user_count = 0; };\n# password: the password\ngeneral { throttle_time = 1; };\n',
      finds: [],
    },
  ],
})
