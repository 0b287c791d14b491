/** The child's end of the channel in `child.ts`. */
import { fieldOf } from './field-of.ts'

/** Says that this process is ready, answers every message, and ends with its parent. */
export function serveParent(ready: object, reply: (question: unknown) => object | Promise<object>): void {
  process.on('message', (question) => {
    void Promise.resolve(reply(question)).then(say)
  })
  // Also when the parent dies without a word. `exit` lets a CPU profile be written.
  process.once('disconnect', exit)
  say(ready)
}

/** Says one thing more and lets go of the parent: from then on this process ends when nothing holds it. */
export function leaveParent(lastWords: object): void {
  process.off('disconnect', exit)
  process.send?.(lastWords, () => process.disconnect())
}

function exit(): void {
  process.exit()
}

function say(message: object): void {
  process.send?.(message)
}

/** A number out of a message. @throws Error when it is none */
export function numberOf(message: unknown, name: string): number {
  const value = fieldOf(message, name)
  if (typeof value !== 'number') throw new Error(`a message of the bench lacks the number "${name}"`)
  return value
}

/** A text out of a message. @throws Error when it is none */
export function textOf(message: unknown, name: string): string {
  const value = fieldOf(message, name)
  if (typeof value !== 'string') throw new Error(`a message of the bench lacks the text "${name}"`)
  return value
}
