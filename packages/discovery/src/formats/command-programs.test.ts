import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { programsOfShell, programsOfWords } from './command-programs.ts'

/** Programs as `account:path`, in order. */
const programs = (command: string, home?: string) =>
  programsOfShell(command, { home, folder: home }).map(({ path, account }) =>
    account === undefined ? path : `${account}:${path}`,
  )

describe('the program of a command is', () => {
  test.each([
    ['/opt/x --secret', ['/opt/x']],
    ['certbot renew', ['certbot']],
    ['cd /srv/app && ./run now', ['/srv/app/run']],
    ['cd "/srv/my app"; bin/x', ['/srv/my app/bin/x']],
    ['A=1 B="x y" /opt/x', ['/opt/x']],
    ['[ -x /usr/sbin/anacron ] || { cd / && run-parts --report /etc/cron.daily; }', ['run-parts']],
    ['test -x /usr/bin/a && /usr/bin/a', ['/usr/bin/a']],
    ['if [ -d /x ]; then /opt/a; else /opt/b; fi', ['/opt/a', '/opt/b']],
    ['command -v debian-sa1 > /dev/null && debian-sa1 1 1', ['debian-sa1']],
    ['/opt/a 2>&1 | /usr/bin/logger -t x', ['/opt/a', '/usr/bin/logger']],
    ['/opt/a >/var/log/a.log 2>/dev/null </etc/x', ['/opt/a']],
    ['echo hi; exit 1', []],
    ['$DAEMON --x', []],
    ['/opt/$NAME/run', []],
    ['# /opt/a', []],
    ['', []],
  ])('%s', (command, expected) => {
    expect(programs(command)).toEqual(expected)
  })
})

describe('what only prepares a command is passed over', () => {
  test.each([
    ['nice -n 19 ionice -c3 /opt/x', ['/opt/x']],
    ['nice -19 /opt/x', ['/opt/x']],
    ['timeout -k 5 60 /opt/x', ['/opt/x']],
    ['flock -n /run/lock /opt/x --y', ['/opt/x']],
    ['flock /run/lock -c "/opt/x --y"', ['/opt/x']],
    ['env -i PATH=/bin X=1 /opt/x', ['/opt/x']],
    ['/usr/bin/env X=1 nohup setsid /opt/x &', ['/opt/x']],
    ['/bin/sh -c "cd /srv && exec ./x --key s3cret"', ['/srv/x']],
    ["bash -lc 'source /etc/profile; /opt/x'", ['/etc/profile', '/opt/x']],
    ['chronic stdbuf -oL taskset 1 /opt/x', ['/opt/x']],
    ['systemd-cat -t job /opt/x', ['/opt/x']],
  ])('%s', (command, expected) => {
    expect(programs(command)).toEqual(expected)
  })
})

describe('an account that the command changes to is told with what runs as it', () => {
  test.each([
    ['sudo -u app /opt/x', ['app:/opt/x']],
    ['sudo -u john.doe -H A=1 /opt/x', ['john.doe:/opt/x']],
    ['sudo --user=app -- /opt/x', ['app:/opt/x']],
    ['sudo /opt/x', ['root:/opt/x']],
    ['su - app -c "/opt/x --y"', ['app:/opt/x']],
    ['su -s /bin/sh -c "/opt/x --y" app', ['app:/opt/x']],
    ['su -c /opt/x', ['root:/opt/x']],
    ['runuser -u app -- /opt/x', ['app:/opt/x']],
    ['runuser -l app -c /opt/x', ['app:/opt/x']],
    ['chpst -u app:grp -e ./env /opt/x', ['app:/opt/x']],
    ['setuidgid app /opt/x', ['app:/opt/x']],
    ['s6-setuidgid app s6-envdir /x /opt/x', ['app:s6-envdir']],
    ['doas -u app /opt/x', ['app:/opt/x']],
    ['setpriv --reuid=app --clear-groups /opt/x', ['app:/opt/x']],
    ['start-stop-daemon --start --chuid app --exec /opt/x -- --secret', ['app:/opt/x']],
    ['start-stop-daemon -S -c app -x /usr/bin/python3 -a /opt/x', ['app:/opt/x']],
    ['start-stop-daemon --stop --user app --exec /opt/x', []],
    ['daemon --user=app /opt/x', ['app:/opt/x']],
    ['daemon +5 --user app --pidfile=/run/x /opt/x', ['app:/opt/x']],
    ['sudo -u $WHO /opt/x', ['/opt/x']],
  ])('%s', (command, expected) => {
    expect(programs(command)).toEqual(expected)
  })
})

describe('of an interpreter its script is told, and only where it is written as a path', () => {
  test.each([
    ['/usr/bin/php /var/www/cron.php --key s3cret', ['/var/www/cron.php']],
    ['php -d x=1 -f /var/www/cron.php', ['/var/www/cron.php']],
    ['python3 -m module s3cret', ['python3']],
    ["perl -e 's3cret'", ['perl']],
    ['bash /opt/x.sh', ['/opt/x.sh']],
    ['java -Xmx1g -jar /opt/x.jar', ['/opt/x.jar']],
    ['java com.example.Main s3cret', ['java']],
    ['mysql -ps3cret', ['mysql']],
  ])('%s', (command, expected) => {
    expect(programs(command)).toEqual(expected)
  })

  test('with the interpreter beside it', () => {
    expect(programsOfShell('nice /usr/bin/php /var/www/a.php')).toEqual([
      { path: '/var/www/a.php', by: ['/usr/bin/php'], given: [] },
    ])
  })
})

test('the home folder is known, other variables are not', () => {
  expect(programs('~/bin/a; $HOME/b; "${HOME}/c"; d/e; $X/f', '/home/al')).toEqual([
    '/home/al/bin/a',
    '/home/al/b',
    '/home/al/c',
    '/home/al/d/e',
  ])
})

test('variables set for one command are told by their names', () => {
  expect(programsOfShell('PGPASSWORD=s3cret X="a b" pg_dump x')).toEqual([
    { path: 'pg_dump', by: [], given: ['PGPASSWORD', 'X'] },
  ])
})

test('what a substitution runs is found as well', () => {
  expect(programs('X=$(/opt/a --key) /opt/b "`/opt/c`"')).toEqual(['/opt/b', '/opt/a', '/opt/c'])
})

test('words that no shell reads stand for themselves', () => {
  expect(programsOfWords(['/opt/a;b', '|', '/opt/c'])).toEqual([{ path: '/opt/a;b', by: [], given: [] }])
  expect(programsOfWords(['/bin/sh', '-c', '/opt/x; /opt/y']).map(({ path }) => path)).toEqual(['/opt/x', '/opt/y'])
})

test('any text gives a bounded list of programs, none longer than a path can be', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc
          .array(
            fc.constantFrom(
              'sudo ',
              '-u ',
              'a ',
              '$(',
              '`',
              '"',
              "'",
              '\\',
              ';',
              'sh -c ',
              '|',
              '\n',
              '{',
              ')',
              '#',
              '~/',
            ),
            {
              maxLength: 200,
            },
          )
          .map((parts) => parts.join('')),
      ),
      (command) => {
        const found = programsOfShell(command)
        expect(found.length).toBeLessThan(1000)
        for (const { path } of found) expect(path.length).toBeLessThanOrEqual(4096)
      },
    ),
  )
})
