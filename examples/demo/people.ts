import type { RequestHandler } from 'express'

/** Who uses the demo's app, and what they pay for. */
export const PEOPLE = {
  ana: { plan: 'pro' },
  cleo: { plan: 'pro' },
  ben: { plan: 'free' },
  dan: { plan: 'free' },
} as const

export type Person = keyof typeof PEOPLE

/** Stands in for your own authentication: the demo believes a header, which nobody else should. */
export const signIn: RequestHandler = (req, res, next) => {
  const name = req.get('x-user') ?? ''
  if (!isPerson(name)) {
    res.status(401).json({ error: `Say who you are: x-user: ${Object.keys(PEOPLE).join(' | ')}` })
    return
  }
  res.locals.user = name
  res.locals.plan = PEOPLE[name].plan
  next()
}

function isPerson(name: string): name is Person {
  return Object.hasOwn(PEOPLE, name)
}
