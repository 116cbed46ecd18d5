import { createHash } from 'node:crypto'
import type { Plugin } from 'vite'

/**
 * Writes `csp.json`, `{"styleHashes": ["sha256-…"]}`: the constant style sheets that react-aria inserts at run time, which
 * `style-src` has to name. They are read from the library as it is bundled; a style element whose text cannot be told fails
 * the build, so that an update of the library cannot silently break the policy.
 */
export const styleHashes = (): Plugin => ({
  name: 'rollcall:style-hashes',
  apply: 'build',
  generateBundle() {
    const hashes = new Set<string>()
    for (const id of this.getModuleIds()) {
      if (!/node_modules\/(react-aria|react-stately|@react-aria)/.test(id)) continue
      for (const text of insertedStyles(this.getModuleInfo(id)?.code ?? '', id)) {
        hashes.add(`sha256-${createHash('sha256').update(text).digest('base64')}`)
      }
    }
    this.emitFile({
      type: 'asset',
      fileName: 'csp.json',
      source: `${JSON.stringify({ styleHashes: [...hashes].toSorted() })}\n`,
    })
  },
})

/** The texts of the style elements that a module inserts. */
const insertedStyles = (code: string, name: string): string[] => {
  const created = code.match(/createElement\((['"])style\1\)/g)?.length ?? 0
  if (created === 0) return []
  const texts = [...code.matchAll(/\.textContent\s*=\s*`([^`]*)`\.trim\(\)/g)].map(([, template = '']) =>
    template.replaceAll(/\$\{([\w$]+)\}/g, (_, constant: string) => stringConstant(code, constant, name)).trim(),
  )
  if (texts.length !== created)
    throw new Error(`${name}: inserts ${created} style elements, ${texts.length} could be read`)
  return texts
}

const stringConstant = (code: string, constant: string, name: string): string => {
  const escaped = constant.replaceAll('$', String.raw`\$`)
  const value = new RegExp(`(?:const|let|var)\\s+${escaped}\\s*=\\s*(['"])([^'"\\\\]*)\\1`).exec(code)?.[2]
  if (value === undefined) throw new Error(`${name}: ${constant} in a style element is no string constant`)
  return value
}
