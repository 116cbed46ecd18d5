import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'infracost',
  title: 'Keys of Infracost',
  service: 'infracost',
  secret: 'token',
  kinds: [
    {
      begins: ['ico-'],
      pattern: /(?<![\w-])ico-[A-Za-z0-9]{32}(?![\w-])/y,
      examples: [['ico-zBQs', 'N9Qza7ZRsgS8ADGta6ZRUBgehHHf']],
      counterexamples: [
        ['ico-zB', 'QsN9Qza7ZRsgS8ADGta6ZRUB'],
        ['xico-zBQ', 'sN9Qza7ZRsgS8ADGta6ZRUBgehHHf'],
      ],
    },
  ],
})
