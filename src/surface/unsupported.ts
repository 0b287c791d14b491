import { LlmError } from '../core/llm-error.ts'

/** Parts of the official client that this surface does not have. Calling them must say so, by name. */
const ABSENT = {
  client: [
    'admin',
    'audio',
    'batches',
    'beta',
    'completions',
    'containers',
    'contentProvenanceChecks',
    'conversations',
    'decisions',
    'delete',
    'evals',
    'files',
    'fineTuning',
    'get',
    'getAPIList',
    'graders',
    'images',
    'live',
    'models',
    'moderations',
    'patch',
    'post',
    'put',
    'realtime',
    'request',
    'responses',
    'safety',
    'skills',
    'uploads',
    'vectorStores',
    'videos',
    'webhooks',
    'withOptions',
  ],
  'chat.completions': ['delete', 'list', 'messages', 'retrieve', 'runTools', 'update'],
} as const

/** Adds a getter for each absent part that throws a named `LlmError`, never `undefined is not a function`. */
export function refuseUnsupported<T extends object>(surface: T, part: keyof typeof ABSENT): T {
  for (const name of ABSENT[part]) {
    Object.defineProperty(surface, name, {
      configurable: true,
      enumerable: false,
      get: () => {
        throw unsupported(part === 'client' ? name : `${part}.${name}`)
      },
    })
  }
  return surface
}

function unsupported(name: string): LlmError {
  return new LlmError({
    code: 'unsupported',
    status: 501,
    message: `req.llm.${name} is not supported: use chat.completions.create, .parse or .stream, embeddings.create, or fetch.`,
    param: name,
  })
}
