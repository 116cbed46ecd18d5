import { lineCompliance } from './line-compliance.ts'
import { memoryLine } from './memory-line.ts'

lineCompliance('in-memory', async () => {
  const line = memoryLine()
  return { near: line, far: line, [Symbol.asyncDispose]: () => line[Symbol.asyncDispose]() }
})
