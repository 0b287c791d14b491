import type { Person } from './people.ts'

/** One HTTP request that the demo sends to its app. */
export interface DemoRequest {
  readonly user: Person
  /** What Express knows the path as. */
  readonly route: '/ask' | '/summarize/:id' | '/embed' | '/redact'
  readonly path: string
  readonly body: Readonly<Record<string, unknown>>
}

const QUESTIONS = [
  'Why is the sky blue?',
  'What is a monad, in one sentence?',
  'How do I say "the bill, please" in Portuguese?',
  'Which is heavier, a kilogram of lead or of feathers?',
  'Name three uses of a brick.',
] as const

const TICKET =
  'The coffee machine that we bought from you in May stopped heating on the second of the month. Your hotline told ' +
  'us that the part would be here on Tuesday. On Tuesday nobody came, and your hotline told us Thursday. On Thursday ' +
  'a parcel arrived, with a part for another machine. We have now been without coffee for nine days, there are ' +
  'fourteen of us, and the mood is what you would expect. Please send the right part by Friday, or take the machine ' +
  'back and return what we paid.'

const LETTER = 'Dear Mrs. Okafor, your order has left our warehouse. Yours, Jonas Lindqvist'

function ask(user: Person, question: number, extra: object = {}): DemoRequest {
  const body = { question: QUESTIONS[question % QUESTIONS.length], ...extra }
  return { user, route: '/ask', path: '/ask', body }
}

function summarize(user: Person, id: number): DemoRequest {
  return { user, route: '/summarize/:id', path: `/summarize/${id}`, body: { text: TICKET } }
}

function embed(user: Person, ...texts: readonly string[]): DemoRequest {
  return { user, route: '/embed', path: '/embed', body: { texts } }
}

function redact(user: Person): DemoRequest {
  return { user, route: '/redact', path: '/redact', body: { text: LETTER } }
}

/** A morning of the app, in the order in which it happens. */
export const TRAFFIC: readonly DemoRequest[] = [
  ask('ana', 0),
  ask('ben', 1),
  summarize('ana', 17),
  ask('cleo', 2),
  embed('dan', QUESTIONS[0], QUESTIONS[1]),
  ask('ana', 3),
  summarize('ben', 18),
  ask('dan', 4),
  // Ben pays for nothing, so the tier that he names is not his to use.
  ask('ben', 0, { model: 'premium' }),
  ask('cleo', 1),
  summarize('cleo', 19),
  embed('ana', TICKET),
  ask('ben', 2),
  ask('ana', 4),
  redact('dan'),
  // Ana may use premium and says that cheap will do.
  ask('ana', 3, { model: 'cheap' }),
  ask('cleo', 0),
  summarize('dan', 20),
  embed('cleo', TICKET, LETTER),
  ask('dan', 3),
  ask('ana', 2),
  redact('cleo'),
  ask('ben', 4),
  summarize('ana', 21),
  ask('cleo', 3),
  ask('dan', 0),
]
