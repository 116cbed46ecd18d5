import { spawnSync } from 'node:child_process'
import { main } from './main.ts'

/*
 * `npm start` in a checkout: the dashboard is the one part that is built; turbo does nothing when it is built already.
 */
const build = spawnSync('turbo', ['run', 'build', '--output-logs=errors-only', '--ui=stream'], {
  stdio: ['ignore', 'ignore', 'inherit'],
  env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1', TURBO_NO_UPDATE_NOTIFIER: '1' },
})
if (build.status === 0) await main(['up', ...process.argv.slice(2)])
else process.exitCode = build.status ?? 1
