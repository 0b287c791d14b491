/** How the upstream sends a streamed answer, and where a row's load is sent to. */
export type PaceName = 'packed' | 'single' | 'first' | 'held'

export interface Pace {
  /** Chunks with content in one answer; a role chunk comes before them and a finish reason after. */
  readonly contentChunks: number
  /** Chunks in one network packet. The first packet (headers, role, first content) goes out at once. */
  readonly chunksPerPacket: number
  /** Ticks of the upstream's clock between two packets of one stream. */
  readonly everyTicks: number
}

/** Far slower than a server with one stream could be, as models are; and the server under test is never out of breath. */
export const TICK_MS = 4

export const PACES: Readonly<Record<PaceName, Pace>> = {
  /** Several chunks in each packet, as a fast model behind a gateway sends. */
  packed: { contentChunks: 200, chunksPerPacket: 8, everyTicks: 1 },
  /** Every chunk in a packet of its own. */
  single: { contentChunks: 200, chunksPerPacket: 1, everyTicks: 1 },
  /** A short answer, for the time to its first content. */
  first: { contentChunks: 16, chunksPerPacket: 16, everyTicks: 2 },
  /** A slow model: a chunk each half second, for longer than anything is measured. */
  held: { contentChunks: 600, chunksPerPacket: 1, everyTicks: 125 },
}

/** Role, contents, finish reason. The usage that a caller may ask for is not counted. */
export function chunksOf({ contentChunks }: Pace): number {
  return contentChunks + 2
}

export function isPaceName(name: unknown): name is PaceName {
  return typeof name === 'string' && Object.hasOwn(PACES, name)
}
