/** So many numbers share a word: more would not fit into a number that takes no room of its own. */
const WORD = 30

/** Numbers from 0 on, in little room where many lie close together, as account numbers do; else as much as a set takes. */
export class NumberSet {
  readonly #words = new Map<number, number>()

  has(number: number): boolean {
    const word = this.#words.get(Math.floor(number / WORD))
    return word !== undefined && ((word >>> (number % WORD)) & 1) === 1
  }

  add(number: number): void {
    const at = Math.floor(number / WORD)
    this.#words.set(at, (this.#words.get(at) ?? 0) | (1 << (number % WORD)))
  }
}
