import type { AccountDetail } from '@rollcall/contract/api'
import { Unknown } from '../../ui/mark.tsx'

/** Nothing was found: known to be nothing, or not looked at. */
export const Absence = ({
  outcomes,
  probe,
  none,
}: {
  outcomes: AccountDetail['outcomes']
  probe: RegExp
  none: string
}) =>
  outcomes.some((one) => probe.test(one.probe)) ? (
    <p>
      <Unknown />: it could not be looked at completely; see below.
    </p>
  ) : (
    <p>{none}</p>
  )
