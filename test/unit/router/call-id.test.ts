import { expect, test } from 'vitest'
import { createCallId } from '../../../src/router/call-id.ts'

test('a call id is a UUID of version 7: it begins with the time', () => {
  const id = createCallId(Date.UTC(2026, 10, 21, 12))
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)).toBe(Date.UTC(2026, 10, 21, 12))
})

test('call ids of later moments sort behind, and those of one moment differ', () => {
  const ids = [1, 2, 15, 16, 255, 256, 2 ** 40].map(createCallId)
  expect(ids.toSorted()).toEqual(ids)
  expect(new Set(Array.from({ length: 1_000 }, () => createCallId(1))).size).toBe(1_000)
})

test('a clock that is wrong makes an id all the same', () => {
  for (const nowMs of [-1, 1.5, 2 ** 52]) expect(createCallId(nowMs)).toHaveLength(36)
})
