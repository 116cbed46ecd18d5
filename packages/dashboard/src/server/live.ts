import { liveEvent, type LiveEvent, type ScanDetail, type ScanSummary } from '@rollcall/contract/api'
import type { QueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { scanQuery, scansQuery } from './queries.ts'
import { watched } from './watched.ts'

/** `live`: events arrive as they happen. `polling`: they do not, so the page asks every few seconds. */
const state = watched<'connecting' | 'live' | 'polling'>('connecting')
/** When what is known last changed, since this page was loaded. */
const changedAt = watched<number>(0)

export const live = { useState: state.use, useChangedAt: changedAt.use }

/** How often to ask again while `active`: never while events arrive. */
export const useAsking = (active: boolean): number | false => (state.use() !== 'live' && active ? 4000 : false)

/** Keeps what is shown in step with the server's events, for as long as somebody is logged in. */
export const useLiveEvents = (client: QueryClient, loggedIn: boolean) => {
  useEffect(() => {
    if (!loggedIn) return undefined
    const events = listen(client)
    return () => events.stop()
  }, [client, loggedIn])
}

const listen = (client: QueryClient) => {
  let source: EventSource | undefined
  let again: ReturnType<typeof setTimeout> | undefined
  let attempts = 0
  const refresh = atMostEvery(3000, (keys: ReadonlySet<string>) => {
    for (const key of keys) void client.invalidateQueries({ queryKey: [key] })
  })

  const connect = () => {
    source = new EventSource('/api/v1/events')
    source.addEventListener('open', () => {
      // Whatever happened while nothing was heard has to be asked for.
      if (attempts > 0) refresh('scans', 'scan', 'overview')
      attempts = 0
      state.set('live')
    })
    source.addEventListener('message', ({ data }: MessageEvent<string>) => {
      const event = liveEvent.safeParse(parsed(data))
      if (event.success) apply(client, event.data, refresh)
    })
    source.addEventListener('error', () => {
      attempts++
      state.set('polling')
      if (source?.readyState !== EventSource.CLOSED) return
      again = setTimeout(connect, Math.min(30_000, 1000 * 2 ** Math.min(attempts, 5)))
    })
  }
  connect()
  return {
    stop: () => {
      clearTimeout(again)
      refresh.stop()
      source?.close()
      state.set('connecting')
    },
  }
}

const apply = (client: QueryClient, event: LiveEvent, refresh: (...keys: string[]) => void) => {
  switch (event.type) {
    case 'scan': {
      const { scan } = event
      client.setQueryData(scansQuery.queryKey, (scans: ScanSummary[] | undefined) => scans && withScan(scans, scan))
      client.setQueryData(
        scanQuery(scan.id).queryKey,
        (detail: ScanDetail | undefined) => detail && { ...detail, scan },
      )
      if (scan.finishedAt !== null) refresh('scan', 'scans', 'overview')
      return
    }
    case 'scan-target': {
      const { target } = event
      client.setQueryData(scanQuery(event.scan).queryKey, (detail: ScanDetail | undefined) => {
        if (detail === undefined) return undefined
        const known = detail.targets.some((one) => one.target === target.target)
        return {
          ...detail,
          targets: known
            ? detail.targets.map((one) => (one.target === target.target ? target : one))
            : [target, ...detail.targets],
        }
      })
      // The causes are counted by the server.
      if (target.state === 'done' && target.outcome !== 'complete') refresh('scan')
      return
    }
    case 'inventory':
      changedAt.set(Date.now())
      refresh('overview', 'account', 'host')
  }
}

const withScan = (scans: readonly ScanSummary[], scan: ScanSummary): ScanSummary[] =>
  scans.some(({ id }) => id === scan.id) ? scans.map((one) => (one.id === scan.id ? scan : one)) : [scan, ...scans]

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Collects what is asked for and does it at most so often, in milliseconds. */
const atMostEvery = (interval: number, act: (keys: ReadonlySet<string>) => void) => {
  let waiting = new Set<string>()
  let timer: ReturnType<typeof setTimeout> | undefined
  const run = () => {
    timer = undefined
    if (waiting.size === 0) return
    act(waiting)
    waiting = new Set()
    timer = setTimeout(run, interval)
  }
  const ask = (...keys: string[]) => {
    for (const key of keys) waiting.add(key)
    timer ??= setTimeout(run, 150)
  }
  return Object.assign(ask, { stop: () => clearTimeout(timer) })
}
