import { containerWays } from './containers.ts'
import { doasWays } from './doas.ts'
import { fileWays } from './files.ts'
import { groupWays } from './groups.ts'
import { openServiceWays } from './open-services.ts'
import { polkitWays } from './polkit.ts'
import { rbacWays } from './rbac.ts'
import { rhostsWays } from './rhosts.ts'
import { suWays } from './su.ts'
import { sudoWays } from './sudo.ts'
import type { KindOfWay } from './way.ts'

/** Every kind of way to root that is known; whether an account can become root is asked of each. */
export const kindsOfWay: readonly KindOfWay[] = [
  groupWays,
  sudoWays,
  doasWays,
  suWays,
  polkitWays,
  rbacWays,
  fileWays,
  containerWays,
  openServiceWays,
  rhostsWays,
]
