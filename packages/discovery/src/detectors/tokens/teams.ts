import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'teams',
  title: 'Addresses that messages are sent to in Teams',
  service: 'teams',
  secret: 'token',
  kinds: [
    {
      begins: ['.webhook.office.com/webhookb2/'],
      pattern:
        /\.webhook\.office\.com\/webhookb2\/[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}@[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}\/IncomingWebhook\/[a-f0-9]{32}\/[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}(?![\w-])/y,
      examples: [
        [
          '.webhook.office.com/webhookb2/1a0d',
          '1f13-dce2-0c4f-d32f-640d0032634f@087e51b4-29fe-8110-102c-995f1abef543/IncomingWebhook/b5dfce8a981a049d7ccc7e90a88d5194/48fb2fc6-791c-e680-ce2b-27c8af666625',
        ],
      ],
      counterexamples: [
        [
          '.webhook.office.com/webhookb2/1a',
          '0d1f13-dce2-0c4f-d32f-640d0032634f@087e51b4-29fe-8110-102c-995f1abef543/IncomingWebhook/b5dfce8a981a049d7ccc7e90a88d5194/48fb2fc6-791c-e680-ce2b-27c8af',
        ],
      ],
    },
  ],
})
