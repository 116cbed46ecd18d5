import { credentialFormat } from '../detector.ts'
import { linesOf } from '../readers/lines-of.ts'
import { crypted } from '../dialects/password-field.ts'
import { secretOf } from '../dialects/secret-rules.ts'

export default credentialFormat({
  id: 'boot-loader',
  title: 'Passwords of boot loaders: GRUB, LILO, syslinux',
  files: [
    'grub.cfg',
    'grub.conf',
    'menu.lst',
    'grub.d/*',
    'grub/*.cfg',
    'grub2/*.cfg',
    'user.cfg',
    'lilo.conf',
    'syslinux.cfg',
    'isolinux.cfg',
    'pxelinux.cfg/*',
    'silo.conf',
    'yaboot.conf',
    'elilo.conf',
    'custom.cfg',
  ],

  *read({ text }) {
    for (const { text: line, at } of linesOf(text)) {
      if (!/pass/i.test(line)) continue
      for (const form of FORMS) {
        const match = form.exec(line)
        if (match === null) continue
        const [whole, mark = '', account, kind, password = ''] = match
        const hash =
          password.startsWith('grub.pbkdf2.') ||
          kind === '--encrypted' ||
          kind === '--md5' ||
          crypted(password) !== undefined
        yield secretOf(
          { text: password, at: at + whole.length - password.length, length: password.length, quoted: false },
          {
            name: 'password',
            commented: mark !== '',
            account: line.includes('GRUB2_PASSWORD=') ? 'root' : account,
            service: 'boot',
            ...(hash
              ? {
                  valueClass: 'hash',
                  scheme: password.startsWith('grub.') ? 'pbkdf2' : (crypted(password) ?? 'md5crypt'),
                }
              : {}),
          },
        )
        break
      }
    }
  },

  examples: [
    {
      title: 'GRUB 2',
      path: '/etc/grub.d/40_custom',
      text: 'set superusers="root"\npassword_pbkdf2 root grub.pbkdf2.sha512.10000.0123456789ABCDEF.0123456789ABCDEF\npassword alice oak-leaf-7\n#password bob rowan.19\n',
      finds: [
        { line: 2, is: 'hash', account: 'root' },
        { line: 3, account: 'alice' },
        { line: 4, account: 'bob', state: 'commented' },
      ],
    },
    {
      title: 'as others have it',
      path: 'boot/grub/menu.lst',
      text: 'password --md5 $1$gLhU0/$aW78kHK1QfV3P2b2znUoe/\ntitle x\npassword topsecret\n',
      finds: [{ line: 1, is: 'hash' }, { line: 3 }],
    },
    {
      title: 'the hash of Red Hat',
      path: 'boot/grub2/user.cfg',
      text: 'GRUB2_PASSWORD=grub.pbkdf2.sha512.10000.0123.4567\n',
      finds: [{ line: 1, is: 'hash', account: 'root' }],
    },
    {
      title: 'what sets it up',
      path: 'etc/grub.d/01_users',
      text: '#!/bin/sh -e\ncat << EOF\nif [ -f ${prefix}/user.cfg ]; then\n  source ${prefix}/user.cfg\n  if [ -n "${GRUB2_PASSWORD}" ]; then\n    set superusers="root"\n    export superusers\n    password_pbkdf2 root ${GRUB2_PASSWORD}\n  fi\nfi\nEOF\n',
      finds: [{ line: 8, is: 'reference', account: 'root', reference: '${GRUB2_PASSWORD}' }],
    },
    {
      title: 'entries',
      path: 'boot/grub/grub.cfg',
      text: 'menuentry x { linux /vmlinuz root=/dev/sda1 }\n',
      finds: [],
    },
  ],
})

const FORMS: readonly RegExp[] = [
  /^[ \t]*(?:(#+)[ \t]*)?password_pbkdf2[ \t]+["']?([^\s"']{1,64})["']?()[ \t]+(\S{1,2048})/,
  /^[ \t]*(?:(#+)[ \t]*)?GRUB2_PASSWORD=()()([^\s"'$]{8,2048})/,
  /^[ \t]*(?:(#+)[ \t]*)?password[ \t]*=[ \t]*()()"?([^\s"]{1,255})/,
  /^[ \t]*(?:(#+)[ \t]*)?password()[ \t]+(--md5|--encrypted)[ \t]+(\S{1,255})/,
  /^[ \t]*(?:(#+)[ \t]*)?password[ \t]+([\w.-]{1,64})()[ \t]+(\S{1,255})[ \t]*$/,
  /^[ \t]*(?:(#)[ \t]*)?(?:password|menu master passwd|menu passwd)[ \t]+()()([^\s#]{1,255})(?=[ \t]*$)/i,
]
