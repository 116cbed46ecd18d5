import { describeCredentialWeakness, type FindingOf } from '@rollcall/contract'
import type { AccountDetail } from '@rollcall/contract/api'
import { Link } from '@tanstack/react-router'
import { count, counted } from '../../format/count.ts'
import { toneOf } from '../../format/tone.ts'
import { Mark, Unknown } from '../../ui/mark.tsx'
import { Said } from '../../ui/said.tsx'
import { When } from '../../ui/when.tsx'
import { Facts, PlaceName, Section } from '../parts.tsx'

const SAME = 5
const STATES = {
  usable: 'set: a password can match',
  locked: 'locked: unlocking restores it',
  none: 'none: no password can match',
  empty: 'empty: no password is needed',
} as const

/** Its passwords: how they are kept, what is wrong with them, and who has the same. */
export const Password = ({
  credentials,
  samePassword,
}: {
  credentials: readonly FindingOf<'credential'>[]
  samePassword: AccountDetail['samePassword']
}) => {
  const [password] = credentials
  return (
    <Section title="Password">
      {password === undefined ? (
        <p>
          <Unknown /> whether it has one: see what could not be looked at below.
        </p>
      ) : (
        <Facts
          rows={[
            [
              'State',
              <Mark key="" tone={toneOf('password', password.state)}>
                {STATES[password.state]}
              </Mark>,
            ],
            password.scheme !== undefined && [
              'Hash',
              <span key="">
                <Said>{password.scheme}</Said>
                {password.strength !== undefined && (
                  <>
                    {', '}
                    <Mark tone={toneOf('hash_strength', password.strength)}>{password.strength}</Mark>
                  </>
                )}
              </span>,
            ],
            password.weaknesses !== undefined && [
              'Weak',
              <Mark key="" tone="bad">
                {password.weaknesses.map(describeCredentialWeakness).join('; ')}
              </Mark>,
            ],
            password.changed !== undefined && [
              'Changed',
              password.changed === 'must-change' ? (
                'must be changed at the next login'
              ) : (
                <When key="" at={password.changed} />
              ),
            ],
            password.state === 'usable' && [
              'Has to change',
              password.maximumDays === undefined || password.maximumDays >= 99_999
                ? 'never'
                : `after ${counted(password.maximumDays, 'day')}`,
            ],
            password.inactiveDays !== undefined && [
              'Disabled',
              `${counted(password.inactiveDays, 'day')} after it ran out`,
            ],
            password.accountExpires !== undefined && ['Account expires', <When key="" at={password.accountExpires} />],
            samePassword !== null &&
              samePassword.accounts > 0 && [
                'Same hash',
                <span key="">
                  <Mark tone="bad">{counted(samePassword.accounts, 'other account')}</Mark>: it was copied there
                  <ul>
                    {samePassword.some.slice(0, SAME).map((other) => (
                      <li key={other.id}>
                        <Link to="/accounts" search={{ open: other.id }}>
                          <Said>{other.name}</Said>
                        </Link>{' '}
                        on <Said>{other.host.name}</Said>
                      </li>
                    ))}
                  </ul>
                  {samePassword.accounts > SAME && `and ${count(samePassword.accounts - SAME)} more`}
                </span>,
              ],
            ['Read in', <PlaceName key="" place={password.place} />],
          ]}
        />
      )}
    </Section>
  )
}
