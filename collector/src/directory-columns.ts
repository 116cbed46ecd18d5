import { directoryVia } from '@rollcall/contract/api'
import type { Column } from './view.ts'

/** Which directory an entry is of. */
export const ofDirectory: readonly Column[] = [
  {
    id: 'directory_id',
    title: 'Directory id',
    description: 'Stable name of the directory for programs.',
    type: 'text',
  },
  {
    id: 'directory',
    title: 'Directory',
    description: 'Its directory: the domain, or the suffix.',
    type: 'text',
    shown: true,
  },
]

/** Whether somebody can take a directory over, and how. `who`: of whom it is told, such as `it`. */
export const takesOver = (who: string): readonly Column[] => [
  {
    id: 'privileged',
    title: 'Takes over',
    description: `Whether ${who} can take the directory over: become its administrator. Unknown where what would say so could not be read.`,
    type: 'enum',
    values: ['yes', 'no', 'unknown'],
    shown: true,
  },
  {
    id: 'tier',
    title: 'Tier',
    description: '0: it has the directory in hand; 1: nearly; 2: some of it; none: nothing of the kind is known.',
    type: 'integer',
    shown: true,
    emptyMeans: 'none',
    words: ['none'],
  },
  {
    id: 'privileged_by',
    title: 'By',
    description: `How: ${directoryVia.options.join(', ')}.`,
    type: 'list',
    sortable: false,
    shown: true,
  },
  {
    id: 'path',
    title: 'Shortest way',
    description: 'The shortest way to take the directory over, as a sentence.',
    type: 'text',
    emptyMeans: 'none',
    shown: true,
  },
  {
    id: 'unknown_because',
    title: 'Unknown because',
    description: 'Why it is unknown, or may be more than is known.',
    type: 'list',
    sortable: false,
  },
]

/** Since when an entry is known, and whether it is there. */
export const sinceWhen: readonly Column[] = [
  { id: 'first_seen', title: 'First seen', description: 'When it was first seen.', type: 'instant' },
  { id: 'last_seen', title: 'Last seen', description: 'When it was last seen.', type: 'instant' },
  {
    id: 'gone_since',
    title: 'Gone since',
    description: 'When a complete look first did not find it; none while it is there.',
    type: 'instant',
    emptyMeans: 'none',
  },
]
