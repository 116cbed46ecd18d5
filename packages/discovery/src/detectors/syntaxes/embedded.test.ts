import { describe, expect, test } from 'vitest'
import { detect } from '../detect.ts'

/** What is found in a file: the stretch of it, and whom it opens. */
const found = (path: string, text: string) =>
  detect(path, new TextEncoder().encode(text), { keyedDigest: () => 'd' }).found.map(
    ({ at, span, line, account, system }) =>
      [line, text.slice(at, at + span), account, system].filter((one) => one !== undefined),
  )

describe('texts in values are read as files, and what is found stands where it is written:', () => {
  test('lists of variables and commands in compose files', () => {
    const text = `services:
  db:
    image: mariadb
    environment:
      - MYSQL_USER=shop
      - MYSQL_PASSWORD=oak-leaf-7
  cache:
    command: redis-server --requirepass rowan-19
  other:
    command: ["mysqld_exporter", "--password=birch-12"]
`
    expect(found('/srv/docker-compose.yml', text).map(([line, value]) => [line, value])).toEqual([
      [6, 'oak-leaf-7'],
      [8, 'rowan-19'],
      [10, 'birch-12'],
    ])
  })

  test('files in ConfigMaps, in blocks and between quotes', () => {
    const text = `apiVersion: v1
kind: ConfigMap
data:
  application.properties: |
    db.user=shop
    db.password=oak-leaf-7
  other.env: "DB_USER=shop\\nDB_PASSWORD=rowan-19\\n"
`
    expect(found('/srv/map.yaml', text)).toEqual([
      [6, 'oak-leaf-7', 'shop'],
      [7, 'rowan-19', 'shop'],
    ])
  })

  test('scripts of services that build, and files that cloud-init writes', () => {
    expect(
      found('/srv/.gitlab-ci.yml', 'deploy:\n  script:\n    - make\n    - mysql -u root -poak-leaf-7 shop < x.sql\n'),
    ).toMatchObject([[4, 'oak-leaf-7', 'root']])
    expect(
      found(
        '/srv/user-data',
        '#cloud-config\nwrite_files:\n- path: /root/.my.cnf\n  content: |\n    [client]\n    user=root\n    password=oak-leaf-7\n',
      ),
    ).toMatchObject([[7, 'oak-leaf-7', 'root']])
  })

  test('a Secret holds a login to a registry in base64 in base64', () => {
    const config = Buffer.from('{"auths":{"r.example.org":{"auth":"YWxpY2U6b2FrLWxlYWYtNw=="}}}').toString('base64')
    expect(found('/srv/s.yaml', `kind: Secret\ndata:\n  .dockerconfigjson: ${config}\n`)).toEqual([
      [3, config, 'alice', 'r.example.org'],
    ])
  })
})
