import type { DirectoryObjectType, Place } from '@rollcall/contract'
import type { DirectoryAccountDetail, DirectoryPath } from '@rollcall/contract/api'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { PlaceName, Section } from '../drawers/parts.tsx'
import { visibleText } from '../format/visible-text.ts'
import { takeoverName } from '../format/words.ts'
import { Glyph, Mark } from '../ui/mark.tsx'
import { Said } from '../ui/said.tsx'
import { toneOf } from '../format/tone.ts'
import styles from './directories.module.css'

/** Leads to an account or group of a directory; other entries have no page of their own. */
export const EntryLink = ({
  id,
  type,
  children,
}: {
  id: string | null
  type: DirectoryObjectType | null
  children: ReactNode
}) => {
  const view = type === null ? undefined : VIEWS[type]
  return id === null || view === undefined ? (
    <>{children}</>
  ) : (
    <Link to="/explore/$view" params={{ view }} search={{ open: id }}>
      {children}
    </Link>
  )
}

const VIEWS: Partial<Record<DirectoryObjectType, string>> = {
  user: 'directory_accounts',
  computer: 'directory_accounts',
  'managed-service': 'directory_accounts',
  group: 'directory_groups',
  role: 'directory_groups',
}

/** Ways to take a directory over, each step with the entry that says so and its own words. */
export const Paths = ({ paths }: { paths: readonly DirectoryPath[] }) => (
  <ol className={styles['paths']}>
    {paths.map((path, index) => (
      // eslint-disable-next-line react/no-array-index-key -- two paths may read the same
      <li key={index} className={styles['path']} data-effect={path.effect}>
        <PathBody path={path} />
      </li>
    ))}
  </ol>
)

export const PathBody = ({ path: { via, effect, sentence, steps } }: { path: DirectoryPath }) => (
  <>
    <p className={styles['sentence']}>
      <Said>{sentence}</Said>
    </p>
    <p className={styles['takes']}>
      <span className={styles['via']}>{takeoverName(via)}</span>
      {effect === 'limited' && <span>not known to give all</span>}
    </p>
    <ol className={styles['steps']}>
      {steps.map(({ sentence: step, place, evidence }, index) => (
        // eslint-disable-next-line react/no-array-index-key -- steps have no identity
        <li key={index}>
          <Said>{step}</Said> {place && <PlaceName place={place} />}
          {evidence !== undefined && <code className={styles['evidence']}>{visibleText(evidence)}</code>}
        </li>
      ))}
    </ol>
  </>
)

const VERDICTS = {
  yes: ['Takes the directory over', 'can become an administrator of the whole directory'],
  no: ['Cannot take the directory over', 'no way to become an administrator was found'],
  unknown: ['Unknown whether it can take the directory over', 'not everything that decides it could be read'],
} as const

/** Whether somebody has the directory in hand, and why that is not known. */
export const Verdict = ({
  privileged,
  tier,
  because,
}: {
  privileged: 'yes' | 'no' | 'unknown'
  tier: number | null
  because: readonly string[]
}) => (
  <div className={styles['verdict']} data-privileged={privileged}>
    <p className={styles['word']}>
      <Glyph tone={privileged === 'yes' ? 'privileged' : privileged === 'unknown' ? 'unknown' : 'plain'} />
      {VERDICTS[privileged][0]}
    </p>
    <p>
      {capital(VERDICTS[privileged][1])}.{tier !== null && ` Tier ${tier}: ${TIERS[tier] ?? ''}.`}
    </p>
    {because.length > 0 && (
      <ul className={styles['because']}>
        {because.map((reason) => (
          <li key={reason}>
            <Said>{reason}</Said>
          </li>
        ))}
      </ul>
    )}
  </div>
)

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

const TIERS: Readonly<Record<number, string>> = {
  0: 'it has the directory in hand',
  1: 'it nearly has the directory in hand',
  2: 'it has some of the directory in hand',
}

type Memberships = DirectoryAccountDetail['memberships']

/** Groups that somebody is in, and the groups between. */
export const MembershipList = ({ memberships }: { memberships: Memberships }) => (
  <ul className={styles['list']}>
    {memberships.map(({ id, name, through, via, privileged, wellKnown, place }) => (
      <li key={`${id ?? name} ${via}`}>
        <p>
          <EntryLink id={id} type="group">
            <b>
              <Said>{name}</Said>
            </b>
          </EntryLink>{' '}
          {privileged !== 'no' && (
            <Mark tone={toneOf('privileged', privileged)}>
              {privileged === 'yes' ? 'takes the directory over' : 'unknown'}
            </Mark>
          )}{' '}
          {wellKnown !== null && <span className={styles['aside']}>{wellKnown}</span>}
        </p>
        <p className={styles['aside']}>
          {through.length === 0 ? 'directly' : <>through {through.map((group) => visibleText(group)).join(' → ')}</>},
          by {via}
        </p>
        {place && <PlaceName place={place} />}
      </li>
    ))}
  </ul>
)

type Rights = DirectoryAccountDetail['rightsHeld']

/** Rights as one of both sides sees them, with the entry of the list that gives each. */
export const RightList = ({ rights, seen }: { rights: Rights; seen: 'trustee' | 'over' }) => (
  <ul className={styles['list']}>
    {rights.map((right, index) => {
      const other = right[seen]
      return (
        // eslint-disable-next-line react/no-array-index-key -- two rights may read the same
        <li key={index}>
          <p>
            <b>{right.right.replaceAll('-', ' ')}</b> {seen === 'over' ? 'over' : 'held by'}{' '}
            <EntryLink id={other.id} type={other.type}>
              <Said>{other.name}</Said>
            </EntryLink>{' '}
            {right.below.length > 0 && <span className={styles['aside']}>every {right.below.join(', ')} below</span>}
          </p>
          <p className={styles['aside']}>
            {right.through.length > 0 && `through ${right.through.map((group) => visibleText(group)).join(' → ')}; `}
            {right.inheritedFrom === null ? (
              'set on the entry itself'
            ) : (
              <>inherited from {visibleText(right.inheritedFrom)}</>
            )}
            {right.ordinary && '; shipped so'}
            {right.conditional && '; under a condition that was not evaluated'}
          </p>
          <code className={styles['evidence']}>{visibleText(right.evidence)}</code>
          <At place={right.place} />
        </li>
      )
    })}
  </ul>
)

const At = ({ place }: { place: Place | undefined }) => place && <PlaceName place={place} />

type Weaknesses = DirectoryAccountDetail['weaknesses']

export const WeaknessList = ({ weaknesses }: { weaknesses: Weaknesses }) => (
  <ul className={styles['list']}>
    {weaknesses.map(({ code, severity, sentence, evidence }) => (
      <li key={code}>
        <p>
          <Mark tone={toneOf('severity', severity)}>{severity}</Mark> <b>{code.replaceAll('-', ' ')}</b>
        </p>
        <p>
          <Said>{sentence}</Said>
        </p>
        {evidence.length > 0 && <p className={styles['aside']}>{evidence.map((one) => visibleText(one)).join('; ')}</p>}
      </li>
    ))}
  </ul>
)

/** A section that is left out where there is nothing in it. */
export const SectionOf = ({ title, number, children }: { title: string; number: number; children: ReactNode }) =>
  number > 0 && <Section title={`${title} (${number})`}>{children}</Section>
