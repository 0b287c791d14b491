import type { FakeRequest } from 'express-llm/testing'

/** What the fake models answer to the demo's own questions. */
const ANSWERS: Readonly<Record<string, string>> = {
  'Why is the sky blue?':
    'Air scatters short waves of sunlight far more than long ones, so blue reaches the eye from every direction. ' +
    'At sunset the light crosses more air, most of the blue is scattered away, and the sky turns red.',
  'What is a monad, in one sentence?':
    'A monad is a way to chain steps that each return a wrapped value, where the wrapper decides how one step ' +
    'leads to the next.',
  'How do I say "the bill, please" in Portuguese?': '"A conta, por favor."',
  'Which is heavier, a kilogram of lead or of feathers?':
    'They weigh the same: one kilogram. The feathers only take up more room.',
  'Name three uses of a brick.':
    'To build a wall, to hold a door open, and to keep a tarpaulin down in the wind.',
}

const SUMMARY =
  'The customer waited nine days for a replacement part, was told three different dates, and wants either the part ' +
  'by Friday or the money back.'

/** An answer for the last thing that was said. */
export function answerTo({ model = 'model', body }: FakeRequest): string {
  const content = body?.messages?.at(-1)?.content
  const said = typeof content === 'string' ? content : ''
  if (said.startsWith('Summarize')) return SUMMARY
  if (said.startsWith('Replace')) return 'Dear [NAME], your order has left our warehouse. Yours, [NAME]'
  return (
    ANSWERS[said] ?? `This is a fake ${model}: with a real key in the environment, the real one would answer.`
  )
}
