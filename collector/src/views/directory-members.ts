import { directoryObjectType } from '@rollcall/contract'
import { ofDirectory } from '../directory-columns.ts'
import { view } from '../view.ts'

export default view({
  id: 'directory_members',
  title: 'Directory members',
  description:
    'Who is directly in which group of a directory, as the entries say. Primary groups are told with the accounts.',
  relation: 'directory_members',
  hidesGone: true,
  defaultSort: 'group',
  columns: [
    { id: 'id', title: 'Id', description: 'Stable name of the membership for programs.', type: 'text' },
    ...ofDirectory,
    { id: 'group', title: 'Group', description: 'The group.', type: 'text', shown: true },
    { id: 'group_id', title: 'Group id', description: 'Stable name of the group for programs.', type: 'text' },
    {
      id: 'group_tier',
      title: 'Group tier',
      description:
        '0: whoever is in the group has the directory in hand; 1: nearly; 2: some of it; none: nothing of the kind.',
      type: 'integer',
      shown: true,
      emptyMeans: 'none',
      words: ['none'],
    },
    {
      id: 'group_privileged',
      title: 'Group takes over',
      description: 'Whether whoever is in the group can take the directory over.',
      type: 'enum',
      values: ['yes', 'no', 'unknown'],
      shown: true,
    },
    {
      id: 'member_name',
      title: 'Member',
      description: 'The name of who is in it, where the entry was seen.',
      type: 'text',
      shown: true,
    },
    {
      id: 'member',
      title: 'Named as',
      description: 'How the group names them: a DN, a name or a SID.',
      type: 'text',
      shown: true,
    },
    { id: 'member_id', title: 'Member id', description: 'Stable name of the member for programs.', type: 'text' },
    {
      id: 'member_type',
      title: 'Member type',
      description: 'What the member is.',
      type: 'enum',
      values: directoryObjectType.options,
      shown: true,
    },
    { id: 'member_sid', title: 'Member SID', description: 'The security identifier of the member.', type: 'text' },
    { id: 'via', title: 'Attribute', description: 'The attribute that says so.', type: 'text', shown: true },
    { id: 'dn', title: 'DN', description: 'The entry that says so.', type: 'text' },
    { id: 'first_seen', title: 'First seen', description: 'When it was first seen.', type: 'instant' },
    { id: 'last_seen', title: 'Last seen', description: 'When it was last seen.', type: 'instant' },
    {
      id: 'gone_since',
      title: 'Gone since',
      description: 'When a complete look first did not find it; none while it is there.',
      type: 'instant',
      emptyMeans: 'none',
    },
  ],
})
