import { outcomeStatus } from '@rollcall/contract'
import { view } from '../view.ts'

export default view({
  id: 'scan_targets',
  title: 'Scan targets',
  description: 'Every target of every scan and how it ended.',
  relation: 'scan_targets',
  defaultSort: 'target',
  columns: [
    { id: 'id', title: 'Id', description: 'Stable name of the target in the scan for programs.', type: 'text' },
    { id: 'scan', title: 'Scan', description: 'The scan.', type: 'text' },
    { id: 'target', title: 'Target', description: 'What was scanned.', type: 'text', shown: true },
    {
      id: 'state',
      title: 'State',
      description: 'How far it is.',
      type: 'enum',
      values: ['queued', 'running', 'done'],
      shown: true,
    },
    {
      id: 'outcome',
      title: 'Outcome',
      description: 'How it ended: the worst of reaching it and of its probes.',
      type: 'enum',
      values: outcomeStatus.options,
      shown: true,
    },
    { id: 'reason', title: 'Reason', description: 'Why it was not complete, as a code.', type: 'text', shown: true },
    { id: 'host_id', title: 'Host id', description: 'Stable name of the host it turned out to be.', type: 'text' },
    { id: 'host', title: 'Host', description: 'The host it turned out to be.', type: 'text', shown: true },
    { id: 'started_at', title: 'Started', description: 'When its scan began.', type: 'instant', shown: true },
    { id: 'finished_at', title: 'Finished', description: 'When its scan ended.', type: 'instant', shown: true },
  ],
})
