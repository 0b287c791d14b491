import type { EmbedParams } from '../core/openai-types.ts'
import type { Dialect } from './preset.ts'

/** Puts OpenAI's embedding params into one service's own. Pure. */
export interface EmbedTranslation {
  /** Why these params cannot be sent without changing their meaning; undefined when they can. */
  unsupported(params: EmbedParams): string | undefined
  body(
    params: EmbedParams,
    model: string,
  ): { readonly body: EmbedParams & { model: string }; readonly droppedParams: readonly string[] }
}

const NOTHING_DROPPED: readonly string[] = []

/** @param name the provider instance, for reasons */
export function createEmbedTranslation(name: string, dialect: Dialect): EmbedTranslation {
  // Without `encoding_format` the client asks for base64, which not every service knows.
  const format = dialect.embeddingFormat === 'base64' ? {} : ({ encoding_format: 'float' } as const)
  return {
    unsupported({ dimensions }) {
      const isRefused = dimensions !== undefined && dialect.unsupportedParams.includes('dimensions')
      return isRefused ? `${name} does not take "dimensions"` : undefined
    },
    body(params, model) {
      const { user, ...rest } = params
      const isUserDropped = user !== undefined && dialect.dropParams.includes('user')
      return {
        body: { ...format, ...(isUserDropped ? rest : params), model },
        droppedParams: isUserDropped ? ['user'] : NOTHING_DROPPED,
      }
    },
  }
}
