import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { openSpool } from '@rollcall/agent'

/* Fills the disk of a spool, frees some of what it holds, and tells whether what waited came in: as `rows kept`, `condition`, `rows after`. */
const [folder = ''] = process.argv.slice(2)
const spool = openSpool({ folder, now: () => new Date(), mostBytes: 1e12, retryAfter: 50 })
const kept: Awaited<ReturnType<typeof spool.keep>>[] = []
let waiting = 0
for (let count = 0; count < 200 && spool.state().condition !== 'disk-full'; count++) {
  waiting++
  void spool
    .keep({ kind: 'look', target: `host${count}`, body: randomBytes(60_000).toString('base64') })
    .then((one) => (waiting--, kept.push(one)))
  await sleep(20)
}
const { condition } = spool.state()
const [rows, before] = [kept.length, waiting]
spool.settle(
  kept.slice(0, Math.floor(rows / 2)).map(({ row }) => row),
  'committed',
)
const isWaiting = () => waiting > 0
for (let tries = 0; tries < 100 && isWaiting(); tries++) await sleep(50)
const bodies = spool.rows().filter((row) => spool.body(row) !== undefined).length
process.stdout.write(JSON.stringify({ rows, condition, before, waiting, after: spool.state(), bodies }))
await spool[Symbol.asyncDispose]()
