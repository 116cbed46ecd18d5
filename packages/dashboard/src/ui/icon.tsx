/** The pictures of the product: one stroke width, one size, drawn for it. */
const paths = {
  overview: 'M2.5 13.5v-4M6.2 13.5v-8M9.8 13.5v-6M13.5 13.5v-11',
  accounts: 'M8 8a2.8 2.8 0 1 0 0-5.6A2.8 2.8 0 0 0 8 8ZM2.5 14c.6-2.6 2.8-4 5.5-4s4.900 1.400 5.500 4',
  hosts: 'M2.500 3h11v4h-11zM2.500 9h11v4h-11zM5 5h.01M5 11h.01',
  directories:
    'M8 1.800v3M8 4.800H3.500v3M8 4.800h4.500v3M8 4.800v3M2 7.800h3v3H2zM6.500 7.800h3v3h-3zM11 7.800h3v3h-3zM3.500 10.800v3M12.500 10.800v3',
  weakness: 'M8 1.800 13 4v4c0 3-2.200 5.200-5 6.200C5.200 13.200 3 11 3 8V4ZM8 5v3.200M8 10.500v.01',
  keys: 'M10.200 9.600a3.600 3.600 0 1 0-3.400-2.500L2.500 11.400v2.100h2.300v-1.600h1.600v-1.600l1.300-1.300c.700.400 1.600.600 2.500.600ZM11 5h.01',
  credential: 'M4.500 7V5a3.500 3.500 0 0 1 7 0M3 7h10v6.500H3zM8 9.500v1.700',
  reach:
    'M4 5.500a1.800 1.800 0 1 0 0-3.600 1.800 1.800 0 0 0 0 3.600ZM12 14.100a1.800 1.800 0 1 0 0-3.600 1.800 1.800 0 0 0 0 3.600ZM4 5.500v3.300a3.500 3.500 0 0 0 3.500 3.500h2.700M5.800 3.700H13.500',
  services: 'M6.500 2.500h3M3 5.500h10v8H3zM8 2.500v3M6.500 8.500v2M9.500 8.500v2',
  database:
    'M8 6c2.800 0 5-.8 5-1.800S10.800 2.500 8 2.500 3 3.300 3 4.200 5.200 6 8 6ZM3 4.200v7.600c0 .9 2.200 1.700 5 1.700s5-.8 5-1.700V4.200M3 8c0 .9 2.200 1.700 5 1.700S13 8.900 13 8',
  files: 'M4 1.800h5.500L12.500 5v9.200H4zM9.500 1.800V5h3M8.200 7.500v2.700M8.200 12v.01',
  grants: 'M3 4.500 6 7 3 9.500M7.500 11.500h5.500',
  outcomes: 'M8 2.500 14 13H2ZM8 6.500v3M8 11.300v.01',
  changes: 'M2.500 8a5.500 5.500 0 1 1 1.700 4M2.500 8l-.8-1.800M2.500 8l2-.6M8 5v3.200l2 1.300',
  view: 'M2.500 3.500h11M2.500 8h11M2.500 12.500h11',
  scans: 'M8 8 12 4M8 2.500A5.500 5.500 0 1 0 13.500 8M8 5.500A2.500 2.500 0 1 0 10.500 8',
  targets: 'M8 13.500a5.500 5.500 0 1 0 0-11 5.500 5.500 0 0 0 0 11ZM8 1v3.500M8 11.500V15M1 8h3.500M11.500 8H15',
  agents:
    'M8 3.800a1.400 1.400 0 1 0 0-2.800 1.400 1.400 0 0 0 0 2.800ZM8 3.800V8M8 8 3.500 11.200M8 8l4.500 3.200M3.500 14a1.400 1.400 0 1 0 0-2.800 1.400 1.400 0 0 0 0 2.800ZM12.500 14a1.400 1.400 0 1 0 0-2.800 1.400 1.400 0 0 0 0 2.800Z',
  settings:
    'M2.500 4.500h7M12.500 4.500h1M2.500 11.500h1M6.500 11.500h7M11 6a1.500 1.500 0 1 0 0-3 1.500 1.500 0 0 0 0 3ZM5 13a1.500 1.500 0 1 0 0-3 1.500 1.500 0 0 0 0 3Z',
  close: 'm4 4 8 8M12 4l-8 8',
  more: 'M3.500 8h.01M8 8h.01M12.500 8h.01',
  columns: 'M2.500 3h11v10h-11zM6.200 3v10M9.800 3v10',
  download: 'M8 2.500v7.500M5 7.200 8 10.200l3-3M3 13.500h10',
  rows: 'M2.500 4h11M2.500 8h11M2.500 12h11',
  filter: 'M2.500 3.500h11L9.500 8.300V13l-3-1.500V8.300Z',
  up: 'M8 12.500v-9M4.500 7 8 3.500 11.500 7',
  down: 'M8 3.500v9M4.500 9 8 12.500 11.500 9',
  right: 'm6 3.500 4.500 4.500L6 12.500',
  help: 'M8 14a6 6 0 1 0 0-12 6 6 0 0 0 0 12ZM6.300 6.300a1.700 1.700 0 1 1 2.600 1.400c-.6.4-.9.700-.9 1.300M8 11.300v.01',
  plus: 'M8 3v10M3 8h10',
  refresh: 'M13.500 8a5.500 5.500 0 1 1-1.700-4M13.500 2.500V5H11',
  leave: 'M6 2.500H3v11h3M10 5l3 3-3 3M13 8H6',
  sun: 'M8 10.800a2.800 2.800 0 1 0 0-5.600 2.800 2.800 0 0 0 0 5.600ZM8 1.500v1.200M8 13.300v1.200M1.500 8h1.200M13.300 8h1.200M3.400 3.400l.8.8M11.800 11.800l.8.8M12.600 3.400l-.8.800M4.200 11.800l-.8.800',
  moon: 'M13.500 9.500A5.800 5.800 0 0 1 6.500 2.500a5.800 5.800 0 1 0 7 7Z',
  system: 'M2 3h12v8H2zM6 14h4M8 11v3',
  copy: 'M5.500 5.500h8v8h-8zM10.500 5.500v-3h-8v8h3',
} as const
export type IconName = keyof typeof paths

export const Icon = ({ name, size = 16 }: { name: IconName; size?: number }) => (
  <svg
    width={size}
    height={size}
    viewBox="0 0 16 16"
    fill="none"
    stroke="currentColor"
    strokeWidth="1.5"
    strokeLinecap="round"
    strokeLinejoin="round"
    aria-hidden="true"
  >
    <path d={paths[name]} />
  </svg>
)

/** Four strokes and one across: a roll being called. */
export const TallyMark = ({ size = 28 }: { size?: number }) => (
  <svg width={size} height={size} viewBox="0 0 32 32" fill="none" strokeLinecap="round" aria-hidden="true">
    <path d="M7 7v18M13 7v18M19 7v18M25 7v18" stroke="currentColor" strokeWidth="2.8" />
    <path d="M3 22 29 10" stroke="var(--spine-accent)" strokeWidth="3" />
  </svg>
)
