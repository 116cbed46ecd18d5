import { createServer } from 'node:net'

/** 22 as on real hosts; another one where a server of this machine already listens on every address. */
export const freePort = async (address: string, wanted: readonly number[] = [22, 2022, 0]): Promise<number> => {
  for (const port of wanted) {
    const bound = await bind(address, port)
    if (bound !== undefined) return bound
  }
  throw new Error(`no port can be had at ${address}`)
}

const bind = (address: string, port: number) =>
  new Promise<number | undefined>((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(undefined))
    server.listen(port, address, () => {
      const bound = server.address()
      server.close(() => resolve(typeof bound === 'object' && bound !== null ? bound.port : undefined))
    })
  })
