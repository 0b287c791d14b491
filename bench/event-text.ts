import { fieldOf } from './field-of.ts'

/** A body of server-sent events in OpenAI's wire format, as its client has it. Pure. */
export interface ReadEvents {
  /** The content of all chunks. */
  readonly text: string
  readonly hasDone: boolean
  readonly hasError: boolean
}

/** The last event may be cut off. */
export function readEvents(body: string): ReadEvents {
  const texts: string[] = []
  let hasDone = false
  let hasError = false
  for (const event of body.split('\n\n').slice(0, -1)) {
    const data = event.replace(/^data: /, '')
    if (data === '[DONE]') {
      hasDone = true
      continue
    }
    const json = parse(data)
    hasError ||= 'error' in json
    texts.push(contentOf(json))
  }
  return { text: texts.join(''), hasDone, hasError }
}

function parse(data: string): object {
  try {
    const json: unknown = JSON.parse(data)
    return typeof json === 'object' && json !== null ? json : {}
  } catch {
    // A comment, or a body that is no event stream.
    return {}
  }
}

function contentOf(json: { readonly choices?: unknown }): string {
  const [choice]: unknown[] = Array.isArray(json.choices) ? json.choices : []
  const delta = fieldOf(choice, 'delta')
  const content = fieldOf(delta, 'content')
  return typeof content === 'string' ? content : ''
}
