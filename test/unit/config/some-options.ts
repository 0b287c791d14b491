import type { LlmError } from '../../../src/core/llm-error.ts'
import type { Logger } from '../../../src/core/logger.ts'
import { parseOptions } from '../../../src/config/parse.ts'
import type { RouterOptions } from '../../../src/config/options.ts'
import type { RouterConfig } from '../../../src/config/router-config.ts'

export const KEYS = { OPENAI_API_KEY: 'sk-planted-openai', GROQ_API_KEY: 'gsk_planted_groq' }

/** Options that are right: two tiers at two presets, keys in an environment of their own. */
export const RIGHT: RouterOptions = {
  tiers: { premium: ['openai/gpt-4o'], cheap: ['groq/openai/gpt-oss-20b', 'openai/gpt-4o-mini'] },
  defaultTier: 'cheap',
  env: KEYS,
}

/** Parses what JavaScript may pass, whatever TypeScript would say. */
export function parse(options: unknown): RouterConfig {
  return parseOptions(options as RouterOptions)
}

/** The error's message; fails when there is none. */
export function errorOf(options: unknown): LlmError {
  try {
    parse(options)
  } catch (error) {
    return error as LlmError
  }
  throw new Error('the options were taken')
}

export function messageOf(options: unknown): string {
  return errorOf(options).message
}

export interface Warning {
  readonly message: string
  readonly fields: object | undefined
}

export function recordingLogger(): Logger & { readonly warnings: readonly Warning[] } {
  const warnings: Warning[] = []
  const ignore = (): void => {}
  return {
    warnings,
    debug: ignore,
    info: ignore,
    warn: (message, fields) => void warnings.push({ message, fields }),
    error: ignore,
  }
}
