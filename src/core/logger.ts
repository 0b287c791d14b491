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
