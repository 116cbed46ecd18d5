import { ofDirectory, sinceWhen, takesOver } from '../directory-columns.ts'
import { view } from '../view.ts'

export default view({
  id: 'directory_groups',
  title: 'Directory groups',
  description: 'Every group and role of every directory, and whether whoever is in it can take the directory over.',
  relation: 'directory_groups',
  hidesGone: true,
  defaultSort: '-privileged',
  columns: [
    { id: 'id', title: 'Id', description: 'Stable name of the group for programs.', type: 'text' },
    ...ofDirectory,
    { id: 'group', title: 'Group', description: 'Its name.', type: 'text', shown: true },
    {
      id: 'type',
      title: 'Type',
      description: 'What it is.',
      type: 'enum',
      values: ['group', 'role', 'netgroup', 'privilege', 'permission'],
      shown: true,
    },
    {
      id: 'well_known',
      title: 'Well-known as',
      description:
        'Which of the privileged groups that every directory of its make has, by identifier and never by name.',
      type: 'text',
      emptyMeans: 'none',
      shown: true,
    },
    ...takesOver('whoever is in it'),
    {
      id: 'members',
      title: 'Members',
      description:
        'How many are directly in it, primary members not among them; unknown where that could not be counted.',
      type: 'integer',
      shown: true,
    },
    {
      id: 'scope',
      title: 'Scope',
      description: 'Of Active Directory: where it may be used.',
      type: 'enum',
      values: ['global', 'domain-local', 'universal', 'builtin'],
    },
    {
      id: 'security',
      title: 'Security',
      description: 'Whether it can be given rights; a distribution list cannot.',
      type: 'enum',
      values: ['yes', 'no'],
    },
    {
      id: 'states',
      title: 'States',
      description: 'admin-count, inheritance-off, deleted.',
      type: 'list',
      sortable: false,
    },
    { id: 'owner', title: 'Owner', description: 'Who answers for it.', type: 'text' },
    {
      id: 'dynamic',
      title: 'Decided by',
      description: 'A search that decides who is in it.',
      type: 'text',
      emptyMeans: 'none',
    },
    { id: 'sid', title: 'SID', description: 'Its security identifier.', type: 'text', emptyMeans: 'none' },
    {
      id: 'gid',
      title: 'GID',
      description: 'Its POSIX group id; none where the directory keeps none.',
      type: 'integer',
      emptyMeans: 'none',
      words: ['none'],
    },
    { id: 'object', title: 'Object', description: 'What names its entry for good.', type: 'text' },
    { id: 'dn', title: 'DN', description: 'Where its entry lies now.', type: 'text' },
    ...sinceWhen,
  ],
})
