/** Waking who waits for something to become so. */
export interface Changes {
  /** Resolves with what `read` gives, as soon as that is neither undefined nor false; looks again at each change. */
  until<T>(read: () => T | undefined | false): Promise<T>
  tell(): void
}

export function createChanges(): Changes {
  let looks: (() => boolean)[] = []
  return {
    until: <T>(read: () => T | undefined | false) =>
      new Promise<T>((resolve) => {
        const look = (): boolean => {
          const value = read()
          if (value === undefined || value === false) return false
          resolve(value)
          return true
        }
        if (!look()) looks.push(look)
      }),
    tell() {
      if (looks.length > 0) looks = looks.filter((look) => !look())
    },
  }
}
