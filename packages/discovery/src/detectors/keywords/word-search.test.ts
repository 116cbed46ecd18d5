import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { wordSearch } from './word-search.ts'

const found = (words: readonly string[], text: string) => {
  const places: string[] = []
  wordSearch(words).search(
    Uint8Array.from(text, (character) => character.charCodeAt(0)),
    (last, word) => void places.push(`${last} ${words[word]}`),
  )
  return places
}

const searched = (words: readonly string[], text: string) => {
  const lower = text.toLowerCase()
  const places: string[] = []
  for (let last = 0; last < text.length; last++)
    for (const word of words.toSorted((one, other) => other.length - one.length))
      if (lower.slice(0, last + 1).endsWith(word)) places.push(`${last} ${word}`)
  return places
}

const words = fc.uniqueArray(fc.stringMatching(/^[ab_$-]{2,5}$/), { minLength: 1, maxLength: 12 })

test('every word is found wherever it ends, in letters of either case, in order', () => {
  fc.assert(
    fc.property(words, fc.stringMatching(/^[abAB_$ -]{0,300}$/), (some, text) => {
      expect(found(some, text)).toEqual(searched(some, text))
    }),
  )
})

test('words across the borders of blocks and stretches are found', () => {
  for (const length of [65_535, 65_536, 65_537, 131_080, 200_003]) {
    const text = 'ab-'.repeat(Math.ceil(length / 3)).slice(0, length)
    expect(found(['b-a', '-ab-'], text).length).toBe(searched2(text))
  }
})

const searched2 = (text: string) => [...text.matchAll(/(?=b-a)/g)].length + [...text.matchAll(/(?=-ab-)/g)].length

test('a search ends where it is told to', () => {
  let told = 0
  wordSearch(['aa']).search(new Uint8Array(100_000).fill(97), () => ++told < 5)
  expect(told).toBe(5)
})
