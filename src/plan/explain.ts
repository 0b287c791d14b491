import type { Decision } from './resolve.ts'

/** The decision in a sentence, without names that the caller may not use. */
export function explain({ choice, reason }: Decision): string {
  const { kind, name, alias, tier } = choice
  const what = kind === 'task' && tier !== undefined ? `task ${name} (tier ${tier})` : `${kind} ${name}`
  switch (reason) {
    case 'explicit-alias':
      return `${what}, because the call names its alias ${alias}`
    case 'explicit-target':
    case 'explicit-tier':
    case 'explicit-task':
      return `${what}, because the call names it`
    case 'caller-default-tier':
      return `${what}, because the call names no model and ${name} is this caller's default`
    case 'config-default-tier':
      return `${what}, because the call names no model and ${name} is the default`
    case 'entitlement':
      return `${what}, because the call names no model, the default is not open to this caller, and ${name} is`
    default:
      return reason satisfies never
  }
}
