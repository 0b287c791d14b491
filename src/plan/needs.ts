import type { Capabilities } from '../core/target.ts'

/** What a call needs a target to be capable of, and how that is said of a target that is not. */
export const NEEDS: readonly {
  readonly capability: keyof Capabilities
  readonly lack: string
  isNeeded(params: Readonly<Record<string, unknown>>): boolean
}[] = [
  {
    capability: 'tools',
    lack: 'cannot use tools',
    isNeeded: ({ tools, functions }) => hasItems(tools) || hasItems(functions),
  },
  {
    capability: 'vision',
    lack: 'cannot read images',
    isNeeded: ({ messages }) => hasItems(messages) && messages.some(hasImage),
  },
  {
    capability: 'jsonSchema',
    lack: 'cannot be held to a JSON schema',
    isNeeded: ({ response_format: format }) => isRecord(format) && format['type'] === 'json_schema',
  },
]

function hasImage(message: unknown): boolean {
  if (!isRecord(message)) return false
  const { content } = message
  return Array.isArray(content) && content.some((part) => isRecord(part) && part['type'] === 'image_url')
}

function hasItems(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.length > 0
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
