import { directoryObjectType, directoryWeaknesses } from '@rollcall/contract'
import { ofDirectory } from '../directory-columns.ts'
import { view } from '../view.ts'

export default view({
  id: 'directory_weaknesses',
  title: 'Directory weaknesses',
  description:
    'What is wrong in directories: with accounts, groups, certificates, trusts and the directory as a whole.',
  relation: 'directory_weaknesses',
  hidesGone: true,
  defaultSort: 'rank',
  columns: [
    { id: 'id', title: 'Id', description: 'Stable name of the weakness for programs.', type: 'text' },
    { id: 'rank', title: 'Rank', description: '0 is the worst: critical, high, medium, low, info.', type: 'integer' },
    {
      id: 'severity',
      title: 'Severity',
      description: 'How bad it is.',
      type: 'enum',
      values: ['critical', 'high', 'medium', 'low', 'info'],
      shown: true,
    },
    {
      id: 'weakness',
      title: 'Weakness',
      description: 'What it is, as a code.',
      type: 'enum',
      values: [...directoryWeaknesses],
      shown: true,
    },
    {
      id: 'meaning',
      title: 'Meaning',
      description: 'What it is and what helps, as a sentence.',
      type: 'text',
      shown: true,
    },
    ...ofDirectory,
    {
      id: 'object_name',
      title: 'Of',
      description: 'The name of the entry that it is about.',
      type: 'text',
      shown: true,
    },
    {
      id: 'object_type',
      title: 'Type',
      description: 'What that entry is.',
      type: 'enum',
      values: directoryObjectType.options,
      shown: true,
    },
    { id: 'object_id', title: 'Entry id', description: 'Stable name of that entry for programs.', type: 'text' },
    { id: 'object', title: 'Object', description: 'What names that entry for good.', type: 'text' },
    {
      id: 'evidence',
      title: 'Evidence',
      description: 'What says so: attributes, dates, identifiers, counts; never a secret.',
      type: 'list',
      shown: true,
      sortable: false,
    },
    { id: 'dn', title: 'DN', description: 'Where that entry lies now.', type: 'text' },
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
