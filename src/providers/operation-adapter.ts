import type { Adapter, OperationTypes, ProviderAnswer, SendOptions } from '../core/adapter.ts'
import { AttemptError } from '../core/attempt-failure.ts'
import type { ChatParams } from '../core/openai-types.ts'
import type { ProviderStream } from '../core/provider-stream.ts'
import type { Operation } from '../core/target.ts'

/** One operation of an adapter. */
export interface Speaker<O extends Operation> {
  unsupported(params: OperationTypes[O]['params']): string | undefined
  send(params: OperationTypes[O]['params'], options: SendOptions): Promise<ProviderAnswer<O>>
}

/** Chat, streamed and not. */
export interface ChatSpeaker extends Speaker<'chat'> {
  /** As {@link Adapter.stream}; absent where the provider cannot. */
  readonly stream?: (params: ChatParams, options: SendOptions) => Promise<ProviderStream>
}

export type Speakers = { readonly [O in Operation]: Speaker<O> }

const NO_STREAMS = 'this provider does not stream'

/** An adapter out of its operations. */
export function adapterOf(
  speakers: Speakers & { readonly chat: ChatSpeaker },
  close: () => Promise<void>,
): Adapter {
  const all: Speakers = speakers
  const { stream } = speakers.chat
  return {
    unsupported: (operation, params) => all[operation].unsupported(params),
    send: (operation, params, options) => all[operation].send(params, options),
    streamingUnsupported: stream === undefined ? NO_STREAMS : undefined,
    stream: stream ?? refuse,
    close,
  }
}

function refuse(): Promise<never> {
  const failure = { kind: 'invalid-request', wasSent: false, message: NO_STREAMS } as const
  return Promise.reject(new AttemptError(failure))
}
