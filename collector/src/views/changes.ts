import { view } from '../view.ts'

export default view({
  id: 'changes',
  title: 'Changes',
  description: 'Everything that appeared, changed, vanished or came back, newest first.',
  relation: 'changes',
  defaultSort: '-at',
  columns: [
    { id: 'id', title: 'Id', description: 'Stable name of the change for programs.', type: 'text' },
    { id: 'at', title: 'When', description: 'When it was noticed.', type: 'instant', shown: true },
    { id: 'host_id', title: 'Host id', description: 'Stable name of the host for programs.', type: 'text' },
    { id: 'host', title: 'Host', description: 'The host it happened on.', type: 'text', shown: true },
    { id: 'probe', title: 'Probe', description: 'What noticed it.', type: 'text' },
    {
      id: 'type',
      title: 'Change',
      description: 'What happened.',
      type: 'enum',
      values: ['appeared', 'changed', 'vanished', 'reappeared'],
      shown: true,
    },
    {
      id: 'kind',
      title: 'Kind',
      description: 'What kind of thing it happened to.',
      type: 'enum',
      values: [
        'account',
        'membership',
        'grant',
        'key',
        'credential',
        'usage',
        'setting',
        'service-account',
        'stored-credential',
        'file',
      ],
      shown: true,
    },
    { id: 'thing', title: 'Thing', description: 'The thing, as a person would name it.', type: 'text', shown: true },
  ],
})
