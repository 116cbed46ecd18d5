/**
 * How long what the broker permits an agent lasts. It renews long before, some time within 16 hours, which is when a copy of it is found out; the
 * rest is for collectors and brokers that are away for weeks: nobody is to let all agents in again after that.
 */
const PERMIT_MS = 30 * 24 * 3_600_000

export const permitUntil = (now: Date): Date => new Date(now.getTime() + PERMIT_MS)
