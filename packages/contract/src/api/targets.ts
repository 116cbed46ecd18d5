import { z } from 'zod'
import { LOCAL_SEGMENT, segmentName } from '../bus/fleet-names.ts'

/** A set of targets that is scanned together, as it was written. */
export const targetSetItem = z.object({
  id: z.string(),
  name: z.string(),
  include: z.array(z.string()),
  exclude: z.array(z.string()),
  addedAt: z.string(),
  addedBy: z.string(),
  /** The part of the network whose agents scan it. */
  segment: segmentName,
  /** Single hosts and addresses in ranges, before exclusions. */
  hosts: z.int(),
  addresses: z.int(),
})
export type TargetSetItem = z.output<typeof targetSetItem>

/** `GET /api/v1/targets` */
export const targetSetList = z.object({ targets: z.array(targetSetItem) })

/**
 * `POST /api/v1/targets`: entries as people write them, or an inventory file's text (one per line, Ansible INI or YAML).
 * 422 `invalid-targets` names every entry that cannot be read; nothing is added then.
 */
export const addTargets = z.object({
  name: z.string().trim().min(1).max(100),
  include: z.array(z.string().max(512)).max(100_000).default([]),
  exclude: z.array(z.string().max(512)).max(100_000).default([]),
  segment: segmentName.default(LOCAL_SEGMENT),
  /** At most 5 MiB. */
  inventory: z.object({ fileName: z.string().max(255), text: z.string().max(5 * 1024 * 1024) }).optional(),
})
export type AddTargets = Omit<z.output<typeof addTargets>, 'segment'> & { readonly segment?: string }
export const addedTargets = z.object({ target: targetSetItem })
