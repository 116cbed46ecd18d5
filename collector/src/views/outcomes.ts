import { outcomeStatus } from '@rollcall/contract'
import { view } from '../view.ts'

export default view({
  id: 'outcomes',
  title: 'Coverage',
  description: 'How each probe fared on each host: what could not be looked at, and why.',
  relation: 'outcomes',
  defaultSort: 'host',
  columns: [
    { id: 'id', title: 'Id', description: 'Stable name of host and probe for programs.', type: 'text' },
    { id: 'host_id', title: 'Host id', description: 'Stable name of the host for programs.', type: 'text' },
    { id: 'host', title: 'Host', description: 'The host.', type: 'text', shown: true },
    { id: 'probe', title: 'Probe', description: 'What was looked for.', type: 'text', shown: true },
    {
      id: 'status',
      title: 'Outcome',
      description: 'How it went. Only complete means that all there is was seen.',
      type: 'enum',
      values: outcomeStatus.options,
      shown: true,
    },
    {
      id: 'reason',
      title: 'Reason',
      description: 'The first reason why it was not complete, as a code.',
      type: 'text',
      shown: true,
    },
    { id: 'detail', title: 'Detail', description: 'What the reason adds.', type: 'text' },
    { id: 'path', title: 'Path', description: 'The file the reason concerns.', type: 'text', shown: true },
    {
      id: 'privilege',
      title: 'Looked as',
      description: 'With whose rights it looked.',
      type: 'enum',
      values: ['root', 'user'],
      shown: true,
    },
    { id: 'last_look', title: 'Last look', description: 'When it last looked.', type: 'instant', shown: true },
    {
      id: 'last_complete',
      title: 'Last complete look',
      description: 'When it last saw all there is; never when not once.',
      type: 'instant',
      emptyMeans: 'never',
      words: ['never'],
      shown: true,
    },
    {
      id: 'findings',
      title: 'Findings',
      description: 'How many findings of it are known.',
      type: 'integer',
      shown: true,
    },
  ],
})
