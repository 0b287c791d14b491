import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LimitQueue, type Place } from '../../../src/resilience/limit-queue.ts'

const operations = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('add' as const), priority: fc.integer({ min: -2, max: 2 }) }),
    fc.record({ do: fc.constant('leave' as const), which: fc.nat() }),
    fc.record({ do: fc.constant('leave-all' as const), priority: fc.integer({ min: -2, max: 2 }) }),
  ),
  { maxLength: 100 },
)

test('keeps the order of priority, then arrival, whoever comes and leaves', () => {
  fc.assert(
    fc.property(operations, (script) => {
      const queue = new LimitQueue<Place>()
      let model: Place[] = []
      script.forEach((operation, arrival) => {
        if (operation.do === 'add') {
          const place = { priority: operation.priority, arrival }
          queue.add(place)
          model.push(place)
          model.sort((one, other) => other.priority - one.priority || one.arrival - other.arrival)
          expect(queue.aheadOf(place)).toBe(model.indexOf(place))
        } else if (operation.do === 'leave') {
          const place = model[operation.which % (model.length || 1)]
          if (place !== undefined) queue.remove(place)
          model = model.filter((other) => other !== place)
        } else {
          const isGoing = ({ priority }: Place) => priority === operation.priority
          expect(queue.removeWhere(isGoing)).toEqual(model.filter(isGoing))
          model = model.filter((place) => !isGoing(place))
        }
        expect([queue.length, queue.first, queue.last]).toEqual([model.length, model[0], model.at(-1)])
      })
    }),
  )
})

test('removes nobody but the one that is meant', () => {
  const queue = new LimitQueue<Place>()
  const first = { priority: 0, arrival: 1 }
  queue.add(first)
  queue.remove({ priority: 0, arrival: 0 })
  queue.remove({ priority: 0, arrival: 1 })
  expect(queue.first).toBe(first)
})
