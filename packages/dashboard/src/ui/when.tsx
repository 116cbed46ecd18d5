import { useEffect, useState } from 'react'
import { absoluteTime, isTime, relativeTime } from '../format/time.ts'
import { watched } from '../server/watched.ts'
import { Unknown } from './mark.tsx'
import { Said } from './said.tsx'

const clock = watched(Date.now())

/** Lets relative times grow older while the page stays open. */
export const useClock = () => {
  useEffect(() => {
    const timer = setInterval(() => clock.set(Date.now()), 30_000)
    return () => clearInterval(timer)
  }, [])
}

/** A time as people say it, with the instant in full as its title. A word such as `never` stays a word; null is unknown. */
export const When = ({ at }: { at: string | null }) => {
  const now = clock.use()
  if (at === null) return <Unknown />
  if (!isTime(at)) return <Said>{at}</Said>
  return (
    <time dateTime={at} title={absoluteTime(at)}>
      {relativeTime(at, now)}
    </time>
  )
}

/** A number of milliseconds that moves on each second while `running`. */
export const useElapsed = (since: string, until: string | null): number => {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    if (until !== null) return undefined
    const timer = setInterval(() => setNow(Date.now()), 1000)
    return () => clearInterval(timer)
  }, [until])
  return Math.max(0, (until === null ? now : Date.parse(until)) - Date.parse(since))
}
