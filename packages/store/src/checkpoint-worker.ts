import { parentPort, workerData } from 'node:worker_threads'
import SqliteDatabase from 'better-sqlite3'

/* Takes what the log of changes holds into the file whenever it is told to, and answers when that is done, however it ended. */

const { file, busyMs } = workerData as { readonly file: string; readonly busyMs: number }
const database = new SqliteDatabase(file, { timeout: busyMs })
database.pragma('synchronous = FULL')

parentPort?.on('message', (what: 'checkpoint' | 'close') => {
  if (what === 'close') {
    database.close()
    return parentPort?.close()
  }
  try {
    // Waits for nobody: what a reader still needs stays for the next time.
    database.pragma('wal_checkpoint(PASSIVE)')
  } catch {
    // The file is full, or cannot be written: the log keeps what it has, and the writer meets the same failure and tells of it.
  }
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port between threads has no origin
  parentPort?.postMessage('done')
})
