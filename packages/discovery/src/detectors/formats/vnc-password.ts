import { credentialFormat } from '../detector.ts'
import { sighting } from '../readers/sighting.ts'

/** Eight bytes for each password, enciphered with a key that is the same in every program. */
export default credentialFormat({
  id: 'vnc-password',
  title: 'Passwords of VNC servers, which anybody can decipher',
  files: [
    '.vnc/passwd',
    '.vnc/passwd.*',
    'tigervnc/passwd',
    '.config/tigervnc/passwd',
    'vncpasswd',
    '*.vncpasswd',
    'x11vnc.pass',
    'x11vnc.passwd',
    '.x11vnc/passwd',
    'vnc/passwd',
    '.vncpasswd',
    'etc/vncpasswd',
    'vncserver/passwd',
  ],
  content: 'any',
  whole: true,

  *read({ bytes, text }) {
    const plain = /^[\u0020-\u007e]{1,64}\r?\n/.exec(text)
    if (plain !== null && !/^[^\n:]{1,32}:/.test(text)) {
      yield sighting({ at: 0, length: plain[0].trimEnd().length, secret: 'password', service: 'vnc' })
      return
    }
    if (bytes.length < 8 || bytes.length > 32 || bytes.length % 8 !== 0) return
    yield sighting({ at: 0, length: 0, secret: 'password', valueClass: 'encrypted', scheme: 'vnc', service: 'vnc' })
  },

  examples: [
    {
      title: 'one password, or two: the other one is for looking only',
      path: '/home/a/.vnc/passwd',
      text: Uint8Array.of(0x17, 0x52, 0x6b, 0x06, 0x23, 0x4e, 0x58, 0x07),
      finds: [{ line: 1, is: 'encrypted', service: 'vnc' }],
    },
    {
      title: 'a file of x11vnc in clear',
      path: '/etc/x11vnc.pass',
      text: 'oak-leaf-7\n',
      finds: [{ line: 1, service: 'vnc' }],
    },
    { title: 'anything else', path: '/home/a/.vnc/passwd', text: new Uint8Array(7), finds: [] },
  ],
})
