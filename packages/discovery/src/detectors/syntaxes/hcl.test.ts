import { describe, expect, test } from 'vitest'
import { hcl } from './hcl.ts'
import { seen } from './syntaxes.example.ts'

describe('HCL', () => {
  test('has blocks with labels, settings, lists and objects', () => {
    const text = `resource "db" "main" {
  password = "oak\\"leaf" # c
  tags = { "a" = "b", c : var.d }
  list = ["x", 2]
  nested { k = "\${var.x["y"]}-z" }
}
n = 1`
    expect(seen(hcl, text)).toEqual([
      ['resource/db/main/password', 'oak"leaf', 'quoted'],
      ['resource/db/main/tags/a', 'b', 'quoted'],
      ['resource/db/main/tags/c', 'var.d'],
      ['resource/db/main/list/0', 'x', 'quoted'],
      ['resource/db/main/list/1', '2'],
      ['resource/db/main/nested/k', '${var.x["y"]}-z', 'quoted'],
      ['n', '1'],
    ])
  })

  test('has here-documents, and settings in comments', () => {
    expect(
      seen(hcl, 'a = <<-EOT\n  b\n  EOT\n# password = "x"\n// prose: none\n/* token = "y"\n*/\nc = "d"\n'),
    ).toEqual([
      ['a', '  b', 'quoted'],
      ['password', 'x', 'quoted', 'commented'],
      ['token', 'y', 'quoted', 'commented'],
      ['c', 'd', 'quoted'],
    ])
  })
})
