import type { AccountDetail, PrivilegePath } from '@rollcall/contract/api'
import { counted } from '../../format/count.ts'
import { viaName } from '../../format/words.ts'
import { Glyph } from '../../ui/mark.tsx'
import { Said } from '../../ui/said.tsx'
import styles from '../account-drawer.module.css'
import { PlaceName, Section } from '../parts.tsx'

/** Whether it is privileged, and every path to root, line by line. */
export const Privilege = ({ account }: { account: AccountDetail }) => (
  <>
    <Verdict account={account} />
    {account.paths.length > 0 && (
      <Section title={account.paths.length === 1 ? 'The path to root' : `${account.paths.length} paths to root`}>
        <ol className={styles['paths']}>
          {account.paths.map((path, index) => (
            // eslint-disable-next-line react/no-array-index-key -- two paths may read the same
            <Path key={index} path={path} />
          ))}
        </ol>
      </Section>
    )}
  </>
)

const VERDICTS = {
  yes: ['Privileged', 'may become root'],
  no: ['Not privileged', 'no way to become root was found'],
  unknown: ['Privilege unknown', 'not everything that decides it could be looked at'],
} as const

const Verdict = ({ account }: { account: AccountDetail }) => {
  const [word, meaning] = VERDICTS[account.privileged]
  const toRoot = account.paths.filter(({ effect }) => effect === 'root')
  return (
    <div className={styles['verdict']} data-privileged={account.privileged}>
      <p className={styles['word']}>
        <Glyph
          tone={account.privileged === 'yes' ? 'privileged' : account.privileged === 'unknown' ? 'unknown' : 'plain'}
        />
        {word}
      </p>
      <p>
        It{' '}
        {toRoot.length > 0
          ? `${meaning}, by ${counted(toRoot.length, 'path')}${toRoot.some(({ password }) => password === 'none') ? ', without any password' : ''}.`
          : account.privileged === 'unknown'
            ? `is not known: ${meaning}.`
            : account.privileged === 'yes'
              ? `${meaning}.`
              : `is not: ${meaning}.`}
      </p>
      {account.unknownBecause.length > 0 && (
        <ul className={styles['because']}>
          {account.unknownBecause.map(({ path, line, sentence, detail }, index) => (
            // eslint-disable-next-line react/no-array-index-key -- reasons have no identity
            <li key={index}>
              {path !== undefined && (
                <>
                  <PlaceName place={{ path, ...(line === undefined ? {} : { line }) }} />{' '}
                </>
              )}
              <Said>{sentence}</Said>
              {detail !== undefined && (
                <>
                  {' '}
                  (<Said>{detail}</Said>)
                </>
              )}
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

const PASSWORDS = {
  none: 'takes no password',
  own: 'takes its own password',
  target: 'takes the password of the account it becomes',
  unknown: 'what password it takes is not known',
} as const

const Path = ({ path: { via, effect, password, sentence, steps } }: { path: PrivilegePath }) => (
  <li className={styles['path']} data-effect={effect}>
    <p className={styles['sentence']}>
      <Said>{sentence}</Said>
    </p>
    <p className={styles['takes']}>
      <span className={styles['via']} title={viaName(via)}>
        {via}
      </span>
      <span data-none={password === 'none'}>{PASSWORDS[password]}</span>
      {effect === 'limited' && <span>some commands only</span>}
    </p>
    <ol className={styles['steps']}>
      {steps.map(({ sentence: step, place }, index) => (
        // eslint-disable-next-line react/no-array-index-key -- steps have no identity
        <li key={index}>
          <Said>{step}</Said>
          {place && (
            <>
              {' '}
              <PlaceName place={place} />
            </>
          )}
        </li>
      ))}
    </ol>
  </li>
)
