/** What is there of a completion in any case. */
interface Completion {
  readonly choices: readonly { readonly message: object }[]
}

/** What stands in for what the service has left out. */
interface Stopgaps {
  readonly id: string
  readonly model: string
  /** Unix milliseconds. */
  readonly createdMs: number
}

/**
 * A completion with the fields that OpenAI's description requires: other services leave out what they have no word for,
 * and strict clients then refuse the answer. What the service said stays as it is; a finish reason is never made up.
 */
export function completeAnswer(completion: Completion, { id, model, createdMs }: Stopgaps): object {
  return {
    id,
    object: 'chat.completion',
    created: Math.floor(createdMs / 1000),
    model,
    ...completion,
    choices: completion.choices.map((choice, index) => ({
      index,
      finish_reason: null,
      logprobs: null,
      ...choice,
      message: { role: 'assistant', content: null, refusal: null, ...choice.message },
    })),
  }
}
