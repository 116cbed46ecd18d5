/** How long what the broker permits an agent lasts; with a third of it left the agent renews. */
export const PERMIT_MS = 24 * 3_600_000

export const permitUntil = (now: Date): Date => new Date(now.getTime() + PERMIT_MS)
