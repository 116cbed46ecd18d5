import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'discord',
  title: 'Addresses that messages are sent to in Discord',
  service: 'discord',
  secret: 'token',
  kinds: [
    {
      begins: ['https://discord.com/api/webhooks/', 'https://discordapp.com/api/webhooks/'],
      pattern:
        /(?<![\w-])(?:https:\/\/discord\.com\/api\/webhooks\/|https:\/\/discordapp\.com\/api\/webhooks\/)\d{17,20}\/[\w-]{60,72}(?![\w-])/y,
      examples: [
        [
          'https://discord.com/api/webhooks/6482',
          '6465321797917/VGACN5_gp2tD3i_kqaqKruvvp9uFPCtrfrzMGtM8Cc2G_sAZ85J3VmwS8VMc',
        ],
      ],
      counterexamples: [
        [
          'https://discord.com/api/webhooks/64',
          '826465321797917/VGACN5_gp2tD3i_kqaqKruvvp9uFPCtrfrzMGtM8Cc2G_sAZ85J3Vm',
        ],
        [
          'xhttps://discord.com/api/webhooks/648',
          '26465321797917/VGACN5_gp2tD3i_kqaqKruvvp9uFPCtrfrzMGtM8Cc2G_sAZ85J3VmwS8VMc',
        ],
      ],
    },
  ],
})
