/**
 * The names of all keys. What one script touches has one hash tag (the part in braces), so it lies in one slot of a
 * cluster; groups of limits lie apart from each other.
 */
export interface RedisKeys {
  readonly sync: readonly string[]
  claim(target: string): readonly string[]
  lease(group: string, scopes: readonly string[]): readonly string[]
}

export function redisKeys(prefix: string): RedisKeys {
  const common = `{${prefix}}`
  return {
    sync: [`${common}:processes`, `${common}:targets`, `${common}:epoch`],
    claim: (target) => [`${common}:probe:${target}`],
    lease(group, scopes) {
      const tag = `{${prefix}:${group}}`
      return [
        `${tag}:processes`,
        ...scopes.flatMap((scope) => [`${tag}:limits:${scope}`, `${tag}:places:${scope}`]),
      ]
    },
  }
}
