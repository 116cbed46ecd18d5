import { readFile } from 'node:fs/promises'
import ssh2 from 'ssh2'
import { fleetAccess, forAll } from './fleet-access.ts'

/* The floor: connects, runs the line, throws its output away, hangs up. No host key is checked and nothing is parsed. */

const access = await fleetAccess()
const privateKey = await readFile(access.loginKey)
let hosts = 0

const visit = (host: string) =>
  new Promise<void>((resolve, reject) => {
    const client = new ssh2.Client()
    client.on('error', reject)
    client.on('close', () => resolve())
    client.on('ready', () => {
      client.exec(access.line, (error, channel) => {
        if (error !== undefined) return reject(error)
        channel.on('close', () => client.end())
        channel.resume()
        channel.stderr.resume()
      })
    })
    client.connect({ host, port: access.port, username: access.user, privateKey })
  })

await forAll(access, async (address) => {
  await visit(address)
  hosts++
})

process.stdout.write(JSON.stringify({ hosts }))
