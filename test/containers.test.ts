import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { z } from 'zod'

/* What runs in containers is confined as the services are. Nothing is run: the files are read, and held to that. */

const FOLDER = join(import.meta.dirname, '../packaging/containers')
const text = (name: string) => readFileSync(join(FOLDER, name), 'utf8')

/** Values that the templates name, in their place. Nothing else of Helm's language is used, so that nothing else need be understood. */
const filledIn = (template: string): string => {
  const all = { Values: parse(text('chart/values.yaml')) as unknown, Release: { Name: 'test' } }
  return template.replaceAll(/\{\{(.*?)\}\}/g, (_, expression: string) => {
    const path = expression.trim().split('.').slice(1)
    const value = path.reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], all)
    if (typeof value !== 'string') throw new Error(`${expression} is no value of the chart`)
    return value
  })
}

const confined = z.object({
  allowPrivilegeEscalation: z.literal(false),
  readOnlyRootFilesystem: z.literal(true),
  capabilities: z.object({ drop: z.tuple([z.literal('ALL')]) }),
})
const container = z.strictObject({
  name: z.string(),
  image: z.string().regex(/^[\w.-]+(\/[\w.-]+)+:\d+\.\d+\.\d+$/),
  args: z.array(z.string()).optional(),
  command: z.array(z.string()).optional(),
  env: z.array(z.strictObject({ name: z.literal('SERVER'), value: z.string() })).optional(),
  ports: z.array(z.strictObject({ name: z.string(), containerPort: z.number() })).optional(),
  readinessProbe: z.looseObject({}).optional(),
  livenessProbe: z.looseObject({}).optional(),
  securityContext: confined,
  resources: z.object({ limits: z.object({ memory: z.string() }), requests: z.looseObject({}) }).optional(),
  volumeMounts: z.array(z.object({ name: z.string(), mountPath: z.string() })),
})
const stateful = z.object({
  apiVersion: z.literal('apps/v1'),
  kind: z.literal('StatefulSet'),
  metadata: z.object({ name: z.string() }),
  spec: z.object({
    replicas: z.literal(1),
    serviceName: z.string(),
    selector: z.object({ matchLabels: z.object({ app: z.string() }) }),
    template: z.object({
      metadata: z.object({ labels: z.object({ app: z.string() }) }),
      spec: z.strictObject({
        automountServiceAccountToken: z.literal(false),
        securityContext: z.object({
          runAsNonRoot: z.literal(true),
          runAsUser: z.number().min(1),
          fsGroup: z.number().min(1),
          seccompProfile: z.object({ type: z.literal('RuntimeDefault') }),
        }),
        initContainers: z.array(container),
        containers: z.array(container.required({ resources: true })),
        volumes: z.array(z.looseObject({ name: z.string() })),
      }),
    }),
    volumeClaimTemplates: z.array(z.object({ metadata: z.object({ name: z.string() }) })),
  }),
})

describe.each(['collector', 'agent'])('the chart of the %s', (name) => {
  const documents = parseAllDocuments(filledIn(text(`chart/templates/${name}.yaml`)))
  const made = documents.map((document) => document.toJS() as { kind: string })

  test('is YAML, and confines what it runs', () => {
    expect(documents.flatMap(({ errors }) => errors)).toEqual([])
    expect(stateful.safeParse(made.find(({ kind }) => kind === 'StatefulSet')).error).toBeUndefined()
  })

  test('mounts only what there is, and finds the pods that it makes', () => {
    const { spec } = stateful.parse(made[0])
    const pod = spec.template.spec
    const there = [
      ...pod.volumes.map((volume) => volume.name),
      ...spec.volumeClaimTemplates.map((claim) => claim.metadata.name),
    ]
    for (const { volumeMounts } of [...pod.initContainers, ...pod.containers]) {
      expect(there).toEqual(expect.arrayContaining(volumeMounts.map((mount) => mount.name)))
    }
    expect(spec.template.metadata.labels).toEqual(spec.selector.matchLabels)
  })
})

test('the chart has the version of the product', () => {
  const { version } = JSON.parse(
    readFileSync(join(import.meta.dirname, '../packages/rollcall/package.json'), 'utf8'),
  ) as { version: string }
  expect(parse(text('chart/Chart.yaml'))).toMatchObject({
    apiVersion: 'v2',
    name: 'rollcall',
    version,
    appVersion: version,
  })
})

/** What is not named here, such as `privileged`, `network_mode` or `environment`, is refused. */
const service = z.strictObject({
  read_only: z.literal(true),
  cap_drop: z.tuple([z.literal('ALL')]),
  security_opt: z.tuple([z.literal('no-new-privileges:true')]),
  mem_limit: z.string(),
  pids_limit: z.number(),
  ulimits: z.looseObject({ core: z.literal(0) }),
  image: z.string().regex(/:\d+\.\d+\.\d+$/),
  ports: z.array(z.string()).optional(),
  volumes: z.array(z.string()),
  secrets: z.array(z.string()).optional(),
  build: z.object({ target: z.string() }).optional(),
  command: z.array(z.string()).optional(),
  depends_on: z.array(z.string()).optional(),
  profiles: z.array(z.string()).optional(),
  restart: z.literal('unless-stopped'),
  tmpfs: z.array(z.string()),
})
const compose = z.object({
  services: z.record(z.string(), service),
  secrets: z.record(z.string(), z.object({ file: z.string() })),
  volumes: z.record(z.string(), z.object({})),
})

test('the compose file confines what it runs, and names only volumes, secrets and images that there are', () => {
  const { services, secrets, volumes } = compose.parse(parse(text('compose.yaml'), { merge: true }))
  const targets = new Set([...text('Containerfile').matchAll(/^FROM \S+ AS (\w+)$/gm)].map(([, name]) => name))
  for (const { volumes: mounted, secrets: given = [], build } of Object.values(services)) {
    for (const volume of mounted) if (!volume.startsWith('./')) expect(volumes).toHaveProperty([volume.split(':')[0]!])
    for (const secret of given) expect(secrets).toHaveProperty([secret])
    if (build !== undefined) expect(targets).toContain(build.target)
  }
})

test('the dashboard is published to the machine itself only, and the broker for agents', () => {
  const { services } = compose.parse(parse(text('compose.yaml'), { merge: true }))
  expect(services['collector']?.ports).toEqual(['127.0.0.1:7480:7480'])
  expect(Object.entries(services).flatMap(([name, { ports = [] }]) => ports.map((port) => `${name} ${port}`))).toEqual([
    'broker 4222:4222',
    'collector 127.0.0.1:7480:7480',
  ])
})
