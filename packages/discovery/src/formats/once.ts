/**
 * Computes once what a probe needs while it gathers and again when it parses. Remembered for as long as the object that `key` gives is,
 * and only where every part of what it is computed from is the very same.
 */
export const once = <From extends object, Value>(
  key: (from: From) => object,
  parts: (from: From) => readonly unknown[],
  compute: (from: From) => Value,
): ((from: From) => Value) => {
  const known = new WeakMap<object, { readonly parts: readonly unknown[]; readonly value: Value }>()
  return (from) => {
    const own = parts(from)
    const before = known.get(key(from))
    if (before !== undefined && own.every((part, index) => part === before.parts[index])) return before.value
    const value = compute(from)
    known.set(key(from), { parts: own, value })
    return value
  }
}
