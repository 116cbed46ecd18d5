import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'

/** A Debian package with one service, which runs as a user of its own. */
export interface Package {
  readonly name: string
  readonly version: string
  readonly architecture: string
  readonly depends: readonly string[]
  readonly recommends?: readonly string[]
  /** One line, and what it does in a paragraph. */
  readonly summary: string
  readonly description: string
  /** Its service runs as this user, whose data lies there. */
  readonly user: string
  readonly data: string
  /** The folder of its settings, for its own user to read. */
  readonly settings: string
  /** Files by their path, as text; programs are put into the folder by whoever calls. */
  readonly files: Readonly<Record<string, string>>
  /** What lintian finds and we mean. */
  readonly overrides: readonly string[]
}

/** How the content is packed: small, to be given away, or quickly. */
export type Packing = 'small' | 'quick'

/** Makes a package of a folder that holds what is to be installed. Gives its path. */
export const debianPackage = (about: Package, root: string, out: string, packing: Packing): string => {
  const { name, version, architecture, settings } = about
  const write = (path: string, content: string | Uint8Array, mode = 0o644) => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
    chmodSync(join(root, path), mode)
  }
  for (const [path, content] of Object.entries(about.files)) write(path, content)
  write(`usr/share/doc/${name}/copyright`, COPYRIGHT)
  write(`usr/share/doc/${name}/changelog.gz`, gzipSync(changelog(about), { level: 9 }))
  write(
    `usr/share/lintian/overrides/${name}`,
    [...NO_ADDRESS, ...about.overrides].map((tag) => `${name}: ${tag}\n`).join(''),
  )

  // What is installed belongs to everybody to read, and to root to write.
  for (const entry of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
    const path = join(root, entry)
    const { mode } = statSync(path)
    chmodSync(path, statSync(path).isDirectory() || (mode & 0o111) !== 0 ? 0o755 : 0o644)
  }
  const settingsFiles = Object.keys(about.files).filter((path) => path.startsWith(settings.slice(1)))
  write('DEBIAN/conffiles', settingsFiles.map((path) => `/${path}\n`).join(''))
  write('DEBIAN/control', control(about, kibibytes(root)))
  for (const [script, content] of Object.entries(scripts(about))) write(`DEBIAN/${script}`, content, 0o755)

  mkdirSync(out, { recursive: true })
  const file = join(out, `${name}_${version}_${architecture}.deb`)
  rmSync(file, { force: true })
  const how = packing === 'small' ? ['-Zxz'] : ['-Zgzip', '-z1']
  const build = ['--root-owner-group', ...how, '--build', root, file]
  const { status, stderr } = spawnSync('dpkg-deb', build, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`dpkg-deb: ${stderr}`)
  return file
}

/** Whoever gives the packages away puts an address of theirs here. */
const NO_ADDRESS = ['bogus-mail-host *', 'bogus-mail-host-in-debian-changelog *']

const control = (about: Package, size: number) =>
  [
    `Package: ${about.name}`,
    `Version: ${about.version}`,
    `Architecture: ${about.architecture}`,
    'Maintainer: The Rollcall authors <rollcall@localhost>',
    `Installed-Size: ${size}`,
    `Depends: ${about.depends.join(', ')}`,
    ...(about.recommends === undefined ? [] : [`Recommends: ${about.recommends.join(', ')}`]),
    'Section: admin',
    'Priority: optional',
    `Description: ${about.summary}`,
    ...wrapped(about.description, 78).map((line) => ` ${line}`),
    '',
  ].join('\n')

/** A user of its own, the folders of it, and the service after an upgrade. Data is touched when it is purged, and never else. */
const scripts = ({ name, user, data, settings }: Package) => ({
  postinst: script(`
if [ "$1" = configure ]; then
    if ! getent passwd ${user} >/dev/null; then
        adduser --quiet --system --group --home ${data} --no-create-home --gecos "Rollcall" ${user}
    fi
    if [ ! -d ${data} ]; then
        install -d -m 0700 -o ${user} -g ${user} ${data}
    fi
    chgrp ${user} ${settings}
    chmod 0750 ${settings}
fi
if [ "$1" = configure ] && [ -d /run/systemd/system ]; then
    systemctl --system daemon-reload >/dev/null || true
    # Started by whoever set it up; started again here if it ran.
    deb-systemd-invoke try-restart ${name}.service >/dev/null || true
fi`),
  prerm: script(`
if [ "$1" = remove ] && [ -d /run/systemd/system ]; then
    deb-systemd-invoke stop ${name}.service >/dev/null || true
fi`),
  postrm: script(`
if [ "$1" = purge ]; then
    rm -rf ${data}
fi
if [ -d /run/systemd/system ]; then
    systemctl --system daemon-reload >/dev/null || true
fi`),
})

const script = (body: string) => `#!/bin/sh\nset -e\n${body}\nexit 0\n`

const changelog = ({ name, version }: Package) =>
  `${name} (${version}) unstable; urgency=medium\n\n  * See CHANGELOG.md of Rollcall.\n\n -- The Rollcall authors <rollcall@localhost>  Sun, 22 Nov 2026 12:00:00 +0000\n`

const COPYRIGHT = `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: Rollcall

Files: *
Copyright: 2026 The Rollcall authors
License: Apache-2.0
 On Debian systems the full text of the Apache License, version 2.0, is in
 /usr/share/common-licenses/Apache-2.0.
Comment: It carries Node.js, which is under the MIT licence and others, as the
 file LICENSE of Node.js says, and libraries under the MIT, ISC, BSD and Apache
 licences.
`

const wrapped = (text: string, width: number): string[] => {
  const lines: string[] = ['']
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1)!
    if (last !== '' && last.length + 1 + word.length > width) lines.push(word)
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`
  }
  return lines
}

const kibibytes = (folder: string): number => {
  const { stdout } = spawnSync('du', ['-sk', '--apparent-size', folder], { encoding: 'utf8' })
  return Number(stdout.split('\t')[0])
}
