/** Refusals of a plan. They tell a caller no name that it may not use. */
import { invalidParams, LlmError } from '../core/llm-error.ts'
import { didYouMean } from '../core/spelling.ts'
import { allNames, choiceNamed, type Choice } from './choice.ts'
import type { Entitlement } from './entitlement.ts'
import type { PlanConfig } from './plan-input.ts'

/** Long enough for any real name; `model` may come from a request body. */
const NAME_MAX_CHARS = 100

/** So many names help; more would bury the sentence. */
const NAMES_MAX = 10

export interface Known {
  readonly config: PlanConfig
  readonly entitlement: Entitlement
}

export function unknownModel(model: string, known: Known): LlmError {
  const names = usableNames(known)
  const hint = didYouMean(model, names) || ` ${wayOut(names)}`
  return new LlmError({
    code: 'model_not_found',
    status: 404,
    message: `Unknown model ${quoted(model)}: it is no tier, task, alias or target of this router.${hint}`,
    param: 'model',
  })
}

export function unknownOption(option: 'tier' | 'task', name: string, known: Known): LlmError {
  const names = usableNames(known).filter((each) => known.config[`${option}s`].has(each))
  return invalidParams(`Unknown ${option} ${quoted(name)}.${didYouMean(name, names)}`, option)
}

export function conflictingNames(kind: Choice['kind'], one: string, other: string): LlmError {
  return invalidParams(
    `\`model\` names the ${kind} ${quoted(one)}, and the option \`${kind}\` names ${quoted(other)}. Give one of them.`,
    kind,
  )
}

export function notAllowed(choice: Choice, known: Known): LlmError {
  const { kind, name, alias } = choice
  return refusal(
    `This caller may not use the ${alias === undefined ? kind : 'alias'} ${quoted(alias ?? name)}.`,
    known,
  )
}

export function noTierAllowed(known: Known): LlmError {
  return refusal('This caller may use no tier that the call could go to.', known)
}

function refusal(message: string, known: Known): LlmError {
  const text = `${message} ${wayOut(usableNames(known))}`
  return new LlmError({ code: 'not_allowed', status: 403, message: text, param: 'model' })
}

function usableNames({ config, entitlement }: Known): readonly string[] {
  return allNames(config).filter((name) => {
    const choice = choiceNamed(config, name)
    return choice !== undefined && entitlement.mayUse(choice)
  })
}

function wayOut(names: readonly string[]): string {
  if (names.length === 0) return 'This caller may use nothing.'
  const more = names.length > NAMES_MAX ? ', …' : ''
  return `Use one of: ${names.slice(0, NAMES_MAX).join(', ')}${more}.`
}

function quoted(name: string): string {
  return JSON.stringify(name.length > NAME_MAX_CHARS ? `${name.slice(0, NAME_MAX_CHARS)}…` : name)
}
