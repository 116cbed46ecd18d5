import { useQuery } from '@tanstack/react-query'
import { policyQuery } from '../server/queries.ts'
import { Failure, Notice } from '../ui/notice.tsx'
import { Facts } from '../drawers/parts.tsx'
import { When } from '../ui/when.tsx'
import styles from './agents.module.css'

/** What agents may be asked to do, and who says so. */
export const Policy = () => {
  const answer = useQuery(policyQuery)
  if (answer.isError) return <Failure error={answer.error} what="The policy could not be read" />
  if (answer.data === undefined) return null
  const { policy, rootFingerprint, orderFingerprint } = answer.data
  return (
    <section className={styles['block']} aria-labelledby="policy">
      <h2 id="policy">Policy</h2>
      {policy === null ? (
        <Notice tone="bad" title="There is none, so no agent carries anything out">
          <p>
            Sign one with the root key (<code>rollcall policy sign</code>), then give it with{' '}
            <code>rollcall policy use</code>.
          </p>
        </Notice>
      ) : (
        policy.selfMade && (
          <Notice tone="unknown" title="The collector made it for itself">
            <p>
              It limits nothing that the collector wants. <code>rollcall policy init</code> begins one that a key signs
              which is kept elsewhere.
            </p>
          </Notice>
        )
      )}
      <Facts
        rows={[
          policy !== null && ['Version', `${policy.version}`],
          policy !== null && ['Signed', <When key="" at={policy.issuedAt} />],
          policy !== null && policy.expires !== null && ['Ends', <When key="" at={policy.expires} />],
          policy !== null && [
            'Segments',
            policy.segments.map((name) => (name === '*' ? 'all' : name)).join(', ') || 'none',
          ],
          [
            'Root key',
            <code key="" className={styles['code']}>
              {rootFingerprint}
            </code>,
          ],
          [
            'Order key',
            <code key="" className={styles['code']}>
              {orderFingerprint}
            </code>,
          ],
        ]}
      />
    </section>
  )
}
