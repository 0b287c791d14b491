/**
 * Where words go. `console`, winston and bunyan-like loggers fit as they are; for pino wrap the four methods, because
 * pino takes the object first.
 */
export interface Logger {
  debug(message: string, fields?: object): void
  info(message: string, fields?: object): void
  warn(message: string, fields?: object): void
  error(message: string, fields?: object): void
}

function ignore(): void {}

/** Default: warnings and errors to the console; the line per call only when the app passes a logger of its own. */
export const consoleWarnings: Logger = {
  debug: ignore,
  info: ignore,
  warn: (message, fields) => (fields ? console.warn(message, fields) : console.warn(message)),
  error: (message, fields) => (fields ? console.error(message, fields) : console.error(message)),
}

/** The same logger, but a throw of its methods stays here: observability may fail, a call may not. */
export function guardedLogger(logger: Logger): Logger {
  let isTold = false
  const guarded =
    (level: keyof Logger) =>
    (message: string, fields?: object): void => {
      try {
        logger[level](message, fields)
      } catch {
        // What it threw may hold anything, and there is no other place to log to.
        if (!isTold) console.error(`express-llm: the logger threw at "${level}"; its lines are lost`)
        isTold = true
      }
    }
  return { debug: guarded('debug'), info: guarded('info'), warn: guarded('warn'), error: guarded('error') }
}
