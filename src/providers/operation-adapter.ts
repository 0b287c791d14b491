import type { Adapter, OperationTypes, ProviderAnswer, SendOptions } from '../core/adapter.ts'
import type { Operation } from '../core/target.ts'

/** One operation of an adapter. */
export interface Speaker<O extends Operation> {
  unsupported(params: OperationTypes[O]['params']): string | undefined
  send(params: OperationTypes[O]['params'], options: SendOptions): Promise<ProviderAnswer<O>>
}

export type Speakers = { readonly [O in Operation]: Speaker<O> }

/** An adapter out of its operations. */
export function adapterOf(speakers: Speakers, close: () => Promise<void>): Adapter {
  return {
    unsupported: (operation, params) => speakers[operation].unsupported(params),
    send: (operation, params, options) => speakers[operation].send(params, options),
    streamingUnsupported: 'this provider does not stream',
    stream: () => Promise.reject(new Error('not built yet')),
    close,
  }
}
