import type { Logger } from '../core/logger.ts'
import type { Telemetry } from './telemetry.ts'

/** Why the shared state was not of use, in a word each. */
interface Failure {
  readonly why: 'timeout' | 'error'
  readonly word: string
}

/** What the link to the shared state calls: failures are counted, and each begin and end of an outage is logged once. */
export function createStoreListener(telemetry: Pick<Telemetry, 'storeFailed'>, logger: Logger) {
  return {
    onFailure: ({ why }: Failure): void => telemetry.storeFailed(why),
    onChange(isUp: boolean, failure: Failure | undefined): void {
      if (isUp) logger.info('express-llm: the shared state answers again')
      else
        logger.warn(
          `express-llm: the shared state does not answer (${failure?.word}); each process goes by what it knows itself`,
          { ...failure },
        )
    },
  }
}
