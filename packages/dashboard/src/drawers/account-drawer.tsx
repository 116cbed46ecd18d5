import type { FindingOf } from '@rollcall/contract'
import type { AccountDetail } from '@rollcall/contract/api'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { accountQuery } from '../server/queries.ts'
import { Dialog } from '../ui/dialog.tsx'
import { Failure, Skeleton } from '../ui/notice.tsx'
import { Said } from '../ui/said.tsx'
import { EntryFacts, LoginFacts } from './account/entry.tsx'
import { OpeningKeys, PrivateKeys, WhereTo } from './account/keys.tsx'
import { Password } from './account/password.tsx'
import { Privilege } from './account/privilege.tsx'
import { Files, Services } from './account/services.tsx'
import { History, Outcomes, Section } from './parts.tsx'

/** Everything about one account: first whether it is privileged and why, line by line. */
export const AccountDrawer = ({ id, close }: { id: string | undefined; close: () => void }) => {
  const account = useQuery({ ...accountQuery(id ?? ''), enabled: id !== undefined })
  const detail = account.data
  return (
    <Dialog
      shape="drawer"
      open={id !== undefined}
      close={close}
      kicker={
        detail && (
          <>
            Account on{' '}
            <Link to="/hosts" search={{ open: detail.host.id }}>
              <Said>{detail.host.name}</Said>
            </Link>
          </>
        )
      }
      title={detail ? <Said>{detail.name}</Said> : 'Account'}
    >
      {detail ? (
        <Detail account={detail} />
      ) : account.isError ? (
        <Failure error={account.error} what="The account could not be read" retry={() => void account.refetch()} />
      ) : (
        <Skeleton lines={14} />
      )}
    </Dialog>
  )
}

const Detail = ({ account }: { account: AccountDetail }) => {
  const of = <K extends 'account' | 'membership' | 'credential' | 'key' | 'usage' | 'grant' | 'file'>(kind: K) =>
    account.findings.flatMap(({ finding }) => (finding.kind === kind ? [finding as FindingOf<K>] : []))
  const [keys, usages] = [of('key'), of('usage')]
  const incomplete = account.outcomes.filter(({ status }) => status !== 'complete')
  return (
    <>
      <Privilege account={account} />
      <LoginFacts account={account} logins={usages.filter(({ consumer }) => consumer === 'login')} />
      <Password
        credentials={of('credential').filter((one) => one.class === 'login-password')}
        samePassword={account.samePassword}
      />
      <OpeningKeys
        keys={keys.filter(({ role }) => role === 'authorized' || role === 'authority')}
        uses={usages.filter(({ consumer }) => consumer === 'key-login')}
        incomplete={incomplete}
      />
      <PrivateKeys keys={keys.filter(({ role }) => role === 'private')} />
      <WhereTo id={account.id} />
      <Services
        services={usages.filter(({ consumer }) => consumer !== 'login' && consumer !== 'key-login')}
        account={account}
      />
      <Files files={of('file')} account={account} />
      <EntryFacts account={account} entry={of('account')[0]} groups={of('membership')} />
      <Section title={incomplete.length > 0 ? 'What was looked at, and what could not be' : 'What was looked at'}>
        <Outcomes outcomes={account.outcomes} />
      </Section>
      <Section title="History">
        <History changes={account.history} />
      </Section>
    </>
  )
}
