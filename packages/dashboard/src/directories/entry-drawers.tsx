import type { FindingOf } from '@rollcall/contract'
import type { DirectoryAccountDetail, DirectoryGroupDetail } from '@rollcall/contract/api'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Facts, History, Outcomes, Section, YesNo } from '../drawers/parts.tsx'
import { count } from '../format/count.ts'
import { visibleText } from '../format/visible-text.ts'
import { directoryAccountQuery, directoryGroupQuery } from '../server/queries.ts'
import { ListLink } from '../pages/list-link.tsx'
import { is } from '../filter/terms.ts'
import { Dialog } from '../ui/dialog.tsx'
import { Unknown } from '../ui/mark.tsx'
import { Failure, Skeleton } from '../ui/notice.tsx'
import { Said } from '../ui/said.tsx'
import { When } from '../ui/when.tsx'
import styles from './directories.module.css'
import { EntryLink, MembershipList, Paths, RightList, SectionOf, Verdict, WeaknessList } from './parts.tsx'

interface Props {
  id: string | undefined
  close: () => void
}

/** Everything about an account of a directory: first whether it can take the directory over and how, step by step. */
export const DirectoryAccountDrawer = ({ id, close }: Props) => {
  const account = useQuery({ ...directoryAccountQuery(id ?? ''), enabled: id !== undefined })
  return (
    <Dialog
      shape="drawer"
      open={id !== undefined}
      close={close}
      kicker={account.data && <Of what={account.data.type.replace('-', ' ')} directory={account.data.directory} />}
      title={account.data ? <Said>{account.data.name}</Said> : 'Account'}
    >
      {account.data ? (
        <Account account={account.data} />
      ) : account.isError ? (
        <Failure error={account.error} what="The account could not be read" retry={() => void account.refetch()} />
      ) : (
        <Skeleton lines={14} />
      )}
    </Dialog>
  )
}

/** The same of a group or role. */
export const DirectoryGroupDrawer = ({ id, close }: Props) => {
  const group = useQuery({ ...directoryGroupQuery(id ?? ''), enabled: id !== undefined })
  return (
    <Dialog
      shape="drawer"
      open={id !== undefined}
      close={close}
      kicker={group.data && <Of what={group.data.type} directory={group.data.directory} />}
      title={group.data ? <Said>{group.data.name}</Said> : 'Group'}
    >
      {group.data ? (
        <Group group={group.data} />
      ) : group.isError ? (
        <Failure error={group.error} what="The group could not be read" retry={() => void group.refetch()} />
      ) : (
        <Skeleton lines={14} />
      )}
    </Dialog>
  )
}

const Of = ({ what, directory }: { what: string; directory: { id: string; name: string } }) => (
  <>
    {what} of{' '}
    <Link to="/directories/$directory" params={{ directory: directory.id }}>
      <Said>{directory.name}</Said>
    </Link>
  </>
)

/** As many as the collector works out. */
const HOSTS_LOOKED_AT = 50

const pathsTitle = (number: number) => (number === 1 ? 'The way to take it over' : `${number} ways to take it over`)

const Account = ({ account }: { account: DirectoryAccountDetail }) => {
  const [found] = account.findings.flatMap(({ finding }) => (finding.kind === 'directory-account' ? [finding] : []))
  return (
    <>
      <Verdict privileged={account.privileged} tier={account.tier} because={account.unknownBecause} />
      {account.paths.length > 0 && (
        <Section title={pathsTitle(account.paths.length)}>
          <Paths paths={account.paths} />
        </Section>
      )}
      <SectionOf title="What is wrong with it" number={account.weaknesses.length}>
        <WeaknessList weaknesses={account.weaknesses} />
      </SectionOf>
      {found !== undefined && <AccountFacts account={account} found={found} />}
      <SectionOf title="Groups" number={account.memberships.length}>
        <MembershipList memberships={account.memberships} />
      </SectionOf>
      <SectionOf title="Rights that it holds" number={account.rightsHeld.length}>
        <RightList rights={account.rightsHeld} seen="over" />
      </SectionOf>
      <SectionOf title="Rights that others hold over it" number={account.rightsOver.length}>
        <RightList rights={account.rightsOver} seen="trustee" />
      </SectionOf>
      {account.isHost !== null && (
        <Section title="The computer itself">
          <Link to="/hosts" search={{ open: account.isHost.id }}>
            <Said>{account.isHost.name}</Said>
          </Link>{' '}
          was scanned as a host. {account.isHost.sentence !== undefined && <Said>{account.isHost.sentence}</Said>}
        </Section>
      )}
      <SectionOf title="Root on hosts by their rules for its groups" number={account.hostRules.length}>
        <ul className={styles['list']}>
          {account.hostRules.map(({ host, root, sentence, place, unknownBecause }) => (
            <li key={`${host.id} ${place.path} ${place.line ?? ''} ${sentence}`}>
              <p>
                <Link to="/hosts" search={{ open: host.id }}>
                  <Said>{host.name}</Said>
                </Link>{' '}
                <YesNo value={root} about="privileged" />
              </p>
              <p>
                <Said>{sentence}</Said>
              </p>
              <p className={styles['aside']}>
                <code>
                  {visibleText(place.path)}
                  {place.line === undefined ? '' : `:${place.line}`}
                </code>
              </p>
              {unknownBecause.map((because) => (
                <p key={because} className={styles['aside']}>
                  <Unknown /> <Said>{because}</Said>
                </p>
              ))}
            </li>
          ))}
        </ul>
        {account.ruleHosts > HOSTS_LOOKED_AT && (
          <p className={styles['aside']}>
            Rules of {count(account.ruleHosts)} hosts name one of its groups; {HOSTS_LOOKED_AT} of them were looked at.
          </p>
        )}
      </SectionOf>
      <SectionOf title="Where it is used on hosts" number={account.hostCount}>
        <ul className={styles['list']}>
          {account.hosts.map(({ id, name, host, privileged, sentence }) => (
            <li key={id}>
              <p>
                <Link to="/accounts" search={{ open: id }}>
                  <Said>{name}</Said>
                </Link>{' '}
                on <Said>{host.name}</Said> <YesNo value={privileged} about="privileged" />
              </p>
              <p className={styles['aside']}>
                <Said>{sentence}</Said>
              </p>
            </li>
          ))}
        </ul>
        {account.hostCount > account.hosts.length && (
          <p className={styles['aside']}>and on {count(account.hostCount - account.hosts.length)} more</p>
        )}
      </SectionOf>
      <SectionOf title="Its keys, and what they open elsewhere" number={account.keys?.length ?? 0}>
        <ul className={styles['list']}>
          {account.keys?.map(({ id, fingerprint, algorithm, places, placeCount }) => (
            <li key={id}>
              <p>
                {visibleText(algorithm)} <code>{visibleText(fingerprint)}</code>
              </p>
              {places.map((place) => (
                <p key={place.id} className={styles['aside']}>
                  {place.role === 'authorized' ? 'opens' : visibleText(place.role)}{' '}
                  {place.account !== null && <Said>{place.account}</Said>} on <Said>{place.host.name}</Said>
                </p>
              ))}
              {placeCount > places.length && (
                <p className={styles['aside']}>and in {count(placeCount - places.length)} places more</p>
              )}
              {placeCount === 0 && <p className={styles['aside']}>It was found on no host.</p>}
            </li>
          ))}
        </ul>
      </SectionOf>
      <Section title="What was looked at">
        <Outcomes outcomes={account.outcomes} />
      </Section>
      <Section title="History">
        <History changes={account.history} />
      </Section>
    </>
  )
}

const AccountFacts = ({
  account,
  found,
}: {
  account: DirectoryAccountDetail
  found: FindingOf<'directory-account'>
}) => (
  <Section title="Account">
    <Facts
      rows={[
        ['DN', <code key="">{visibleText(account.dn)}</code>],
        ['States', found.states.length === 0 ? 'nothing out of the ordinary' : said(found.states)],
        found.displayName !== undefined && ['Name', <Said key="">{found.displayName}</Said>],
        (found.principals?.length ?? 0) > 0 && ['Logs in as', said(found.principals)],
        ['Last login', <Instant key="" of={found.lastLogin} lag={found.lastLoginLag} />],
        ['Password changed', <Instant key="" of={found.passwordChanged} />],
        found.passwordScheme !== undefined && ['Password kept as', found.passwordScheme],
        (found.serviceSigns?.length ?? 0) > 0 && ['Used by a program, says', said(found.serviceSigns)],
        (found.spns?.length ?? 0) > 0 && ['Services', said(found.spns)],
        (found.delegatesTo?.length ?? 0) > 0 && ['May act for others towards', said(found.delegatesTo)],
        found.person?.manager !== undefined && ['Manager', <Said key="">{found.person.manager}</Said>],
        found.person?.department !== undefined && ['Department', <Said key="">{found.person.department}</Said>],
        found.computer?.os !== undefined && ['System', <Said key="">{found.computer.os}</Said>],
        found.computer?.dnsName !== undefined && ['Name in DNS', <Said key="">{found.computer.dnsName}</Said>],
        found.sid !== undefined && ['SID', <code key="">{visibleText(found.sid)}</code>],
        ['Object', <code key="">{visibleText(account.object)}</code>],
        ['First seen', <When key="" at={account.firstSeen} />],
        ['Last seen', <When key="" at={account.lastSeen} />],
        account.goneSince !== null && ['Gone since', <When key="" at={account.goneSince} />],
      ]}
    />
  </Section>
)

const said = (texts: readonly string[] | undefined) => (texts ?? []).map((text) => visibleText(text)).join(', ')

/** An instant, never, or unknown; with how much too early it may be told. */
const Instant = ({ of, lag }: { of: string | undefined; lag?: number | undefined }) =>
  of === undefined ? (
    <Unknown />
  ) : of === 'never' ? (
    <>never</>
  ) : (
    <>
      <When at={of} />
      {lag !== undefined && lag > 0 && `, told up to ${lag} days late`}
    </>
  )

const Group = ({ group }: { group: DirectoryGroupDetail }) => (
  <>
    <Verdict privileged={group.privileged} tier={group.tier} because={group.unknownBecause} />
    {group.paths.length > 0 && (
      <Section title={pathsTitle(group.paths.length)}>
        <Paths paths={group.paths} />
      </Section>
    )}
    <SectionOf title="What is wrong with it" number={group.weaknesses.length}>
      <WeaknessList weaknesses={group.weaknesses} />
    </SectionOf>
    <SectionOf title="Direct members" number={group.memberCount}>
      <ul className={styles['list']}>
        {group.members.map(({ id, name, type, via, firstSeen }) => (
          <li key={`${id ?? ''} ${name} ${via}`}>
            <EntryLink id={id} type={type}>
              <Said>{name}</Said>
            </EntryLink>{' '}
            <span className={styles['aside']}>
              {type ?? 'not seen'}, by {via}, since <When at={firstSeen} />
            </span>
          </li>
        ))}
      </ul>
      {group.memberCount > group.members.length && (
        <p className={styles['aside']}>
          <ListLink view="directory_members" filter={is('group_id', group.id)}>
            all {count(group.memberCount)}
          </ListLink>
        </p>
      )}
    </SectionOf>
    <SectionOf title="No longer in it" number={group.formerMembers.length}>
      <ul className={styles['list']}>
        {group.formerMembers.map(({ id, name, type, firstSeen, goneSince }) => (
          <li key={`${id ?? ''} ${name} ${goneSince}`}>
            <EntryLink id={id} type={type}>
              <Said>{name}</Said>
            </EntryLink>{' '}
            <span className={styles['aside']}>
              seen <When at={firstSeen} />, gone <When at={goneSince} />
            </span>
          </li>
        ))}
      </ul>
    </SectionOf>
    <SectionOf title="Is in" number={group.memberships.length}>
      <MembershipList memberships={group.memberships} />
    </SectionOf>
    <SectionOf title="Rights that it holds" number={group.rightsHeld.length}>
      <RightList rights={group.rightsHeld} seen="over" />
    </SectionOf>
    <SectionOf title="Rights that others hold over it" number={group.rightsOver.length}>
      <RightList rights={group.rightsOver} seen="trustee" />
    </SectionOf>
    <Section title="Group">
      <Facts
        rows={[
          ['DN', <code key="">{visibleText(group.dn)}</code>],
          group.wellKnown !== null && ['Well known as', group.wellKnown],
          ['Object', <code key="">{visibleText(group.object)}</code>],
          ['First seen', <When key="" at={group.firstSeen} />],
          ['Last seen', <When key="" at={group.lastSeen} />],
          group.goneSince !== null && ['Gone since', <When key="" at={group.goneSince} />],
        ]}
      />
    </Section>
    <Section title="History">
      <History changes={group.history} />
    </Section>
  </>
)
