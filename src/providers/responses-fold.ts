import { AttemptError } from '../core/attempt-failure.ts'
import type { StreamPart } from '../core/provider-stream.ts'
import { errorInside } from './chat-answer.ts'
import type { EventMessage } from './event-source.ts'
import { isObject, type JsonObject, objectsOf, textOf } from '../core/json-shape.ts'
import { MadeParts } from './made-parts.ts'
import type { CreateFold, FoldOptions, MessageFold } from './message-fold.ts'
import { createdAt, finishReasonOf, messageOf, sourcesOf, usageOf } from './responses-dialect.ts'
import { readUsage } from './usage.ts'

/** The events of the Responses API as parts of a chat completion. */
export const createResponsesFold: CreateFold = (options) => new ResponsesFold(options)

class ResponsesFold implements MessageFold {
  readonly #options: FoldOptions
  readonly #made = new MadeParts(() => this.#head())
  /** The answer as its latest event had it. */
  #response: JsonObject = {}
  /** Items that are complete, for services that do not repeat them at the end. */
  readonly #items: JsonObject[] = []
  #hasContent = false

  constructor(options: FoldOptions) {
    this.#options = options
  }

  take(json: JsonObject, message: EventMessage, parts: StreamPart[]): 'last' | 'more' {
    const { response, item } = json
    if (isObject(response)) this.#response = response
    const type = textOf(json['type']) ?? message.event
    switch (type) {
      case 'response.output_text.delta':
        this.#text('content', json, parts)
        return 'more'
      case 'response.refusal.delta':
        this.#text('refusal', json, parts)
        return 'more'
      case 'response.reasoning_summary_text.delta':
      case 'response.reasoning_text.delta':
        this.#text('reasoning_content', json, parts)
        return 'more'
      case 'response.output_item.done':
        if (isObject(item)) this.#items.push(item)
        return 'more'
      case 'response.completed':
      case 'response.incomplete':
        this.#end(type, parts)
        return 'last'
      case 'response.failed':
        throw this.#failure() ?? this.#options.fail(this.#response)
      case 'error':
        throw this.#options.fail(json)
      default:
        return 'more'
    }
  }

  told(): unknown {
    return this.#response['usage']
  }

  #head() {
    const { id, model } = this.#response
    return { id: textOf(id) ?? '', created: createdAt(this.#response), model: textOf(model) ?? '' }
  }

  #text(field: 'content' | 'refusal' | 'reasoning_content', json: JsonObject, parts: StreamPart[]): void {
    const text = textOf(json['delta'])
    if (text === undefined) return
    this.#hasContent ||= field !== 'reasoning_content'
    parts.push(this.#made.part({ [field]: text }))
  }

  #failure() {
    const error = errorInside(this.#response)
    return error && this.#options.fail(error)
  }

  #end(type: string, parts: StreamPart[]): void {
    const failure = this.#failure()
    if (failure !== undefined) throw failure
    const response = this.#whole(type)
    if (!this.#hasContent) parts.push(this.#wholeMessage(response))
    parts.push(this.#made.part({}, finishReasonOf(response), sourcesOf(response)))
    const { usage } = usageOf(response['usage'])
    if (usage !== undefined) parts.push(this.#made.usage(usage))
  }

  #whole(type: string): JsonObject {
    const { output } = this.#response
    return {
      ...(type === 'response.incomplete' ? { status: 'incomplete' } : {}),
      ...this.#response,
      ...(objectsOf(output).length === 0 ? { output: this.#items } : {}),
    }
  }

  /** Of an answer that came without deltas. */
  #wholeMessage(response: JsonObject): StreamPart {
    const message = messageOf(response)
    if (message === undefined) throw this.#empty()
    const { content, refusal } = message
    return this.#made.part({ ...(content !== null && { content }), ...(refusal !== null && { refusal }) })
  }

  #empty(): AttemptError {
    const usage = readUsage(this.told())
    const message = `${this.#options.instance} answered a response without a message`
    return new AttemptError({ kind: 'protocol', wasSent: true, message, ...(usage && { usage }) })
  }
}
