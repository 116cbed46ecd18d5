import { join } from 'node:path'
import { fileMemories, type AgentOptions, type FileMemories } from '@rollcall/agent'
import type { Settings } from './settings.ts'
import { version } from './version.ts'

/**
 * What was found in the files of hosts, in the installation's folder, so that the next scan reads only what has changed. Another
 * version of the product, or another key for digests, begins anew.
 */
export const memoriesIn = (folder: string, keyedDigest: (text: string) => string): Promise<FileMemories> =>
  fileMemories({ folder: join(folder, 'looked-at'), version: memoryVersion(keyedDigest) })

/** Stands for the version of the product and the key for digests: what was remembered under others means nothing. */
export const memoryVersion = (keyedDigest: (text: string) => string): string =>
  `${version} ${keyedDigest('files that were looked at')}`

export const wishesOf = ({ credentials }: Settings): NonNullable<AgentOptions['wishes']> =>
  credentials === undefined ? {} : { credentials }
