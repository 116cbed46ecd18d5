import { startedScan } from '@rollcall/contract/api'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { counted } from '../format/count.ts'
import { visibleText } from '../format/visible-text.ts'
import { targetsQuery } from '../server/queries.ts'
import { request } from '../server/request.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Icon } from '../ui/icon.tsx'
import { Failure } from '../ui/notice.tsx'
import styles from './start-scan.module.css'

/** Starts a scan of all target sets or of some, and goes to watch it. */
export const StartScan = ({ kind = 'primary' }: { kind?: 'primary' | 'quiet' }) => {
  const client = useQueryClient()
  const navigate = useNavigate()
  const [open, setOpen] = useState(false)
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set())
  const { data: targets = [] } = useQuery(targetsQuery)
  const chosen = targets.filter(({ id }) => !left.has(id))
  const start = useMutation({
    mutationFn: () =>
      request('/api/v1/scans', startedScan, {
        method: 'POST',
        body: chosen.length === targets.length ? {} : { targetSets: chosen.map(({ id }) => id) },
      }),
    onSuccess: async ({ scan }) => {
      setOpen(false)
      await client.invalidateQueries({ queryKey: ['scans'] })
      await navigate({ to: '/scans/$scan', params: { scan: scan.id } })
    },
  })
  return (
    <>
      <Button kind={kind} onPress={() => setOpen(true)}>
        <Icon name="scans" />
        Start a scan
      </Button>
      <Dialog
        title="Start a scan"
        open={open}
        close={() => {
          setOpen(false)
          start.reset()
        }}
      >
        <div className={styles['form']}>
          {targets.length === 0 ? (
            <p>There are no targets yet. Add some first.</p>
          ) : (
            <fieldset>
              <legend>What is scanned</legend>
              {targets.map(({ id, name, hosts, addresses }) => (
                <label key={id}>
                  <input
                    type="checkbox"
                    checked={!left.has(id)}
                    onChange={(event) =>
                      setLeft((now) =>
                        event.target.checked ? new Set([...now].filter((one) => one !== id)) : new Set([...now, id]),
                      )
                    }
                  />
                  <span>{visibleText(name)}</span>
                  <span className={styles['size']}>
                    {counted(hosts, 'host')}
                    {addresses > 0 && `, ${counted(addresses, 'address', 'addresses')}`}
                  </span>
                </label>
              ))}
            </fieldset>
          )}
          {start.isError && <Failure error={start.error} what="The scan was not started" />}
          <Button kind="primary" isDisabled={chosen.length === 0} busy={start.isPending} onPress={() => start.mutate()}>
            Scan {chosen.length === targets.length ? 'everything' : counted(chosen.length, 'target set')}
          </Button>
        </div>
      </Dialog>
    </>
  )
}
