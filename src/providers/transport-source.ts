/** The body of an answer while it arrives. */
export interface ByteSource {
  /**
   * All bytes that have come since the last read, in order; waits where there are none. Undefined at the end, and after
   * `cancel`. One read at a time. Who does not read pauses the sender.
   *
   * @throws {TransportError} when it broke, after the bytes that came before; the reason of the request's signal when
   *   that aborted
   */
  read(): Promise<readonly Buffer[] | undefined>
  /** The rest is not wanted: closes the socket at once, and ends a read under way. */
  cancel(): void
  /** All that matters has come: takes the rest, if it is short, so that the socket can be used again. */
  drain(): void
}

/** Where the bytes of a queue come from. */
export interface Feeder {
  /** There is room again, after a `push` that returned false. */
  resume(): void
  /** Nobody wants more. */
  cancel(): void
}

/** The sender is paused when more than this waits for the reader, bytes. */
const HIGH_WATER_BYTES = 64 * 1024

/** What a chunk takes beside its bytes, so that many small ones are counted for what they are. */
const CHUNK_OVERHEAD_BYTES = 128

/** Longest rest that is taken for the socket's sake, bytes and ms. A new connection costs about as much. */
const DRAIN_MAX_BYTES = 16 * 1024
const DRAIN_MAX_MS = 1_000

/** Bytes between whoever is told of them and whoever reads them; without the machinery of node's or the web's streams. */
export class ByteQueue implements ByteSource {
  readonly #feeder: Feeder
  #state: 'open' | 'draining' | 'over' = 'open'
  #chunks: Buffer[] = []
  #bytes = 0
  #isPaused = false
  #failure: { readonly reason: unknown } | undefined
  #wake: (() => void) | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(feeder: Feeder) {
    this.#feeder = feeder
  }

  /** False: no more for now, see {@link Feeder.resume}. */
  push(chunk: Buffer): boolean {
    if (this.#state === 'over') return true
    this.#bytes += chunk.length + CHUNK_OVERHEAD_BYTES
    if (this.#state === 'draining') {
      if (this.#bytes > DRAIN_MAX_BYTES) this.cancel()
      return true
    }
    this.#chunks.push(chunk)
    this.#isPaused = this.#bytes > HIGH_WATER_BYTES
    this.#wakeReader()
    return !this.#isPaused
  }

  end(): void {
    this.#close()
  }

  fail(reason: unknown): void {
    if (this.#state === 'open') this.#failure = { reason }
    this.#close()
  }

  async read(): Promise<readonly Buffer[] | undefined> {
    if (this.#chunks.length === 0 && this.#state === 'open') {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    const chunks = this.#takeAll()
    if (chunks.length > 0) return chunks
    if (this.#failure !== undefined) throw this.#failure.reason
    return undefined
  }

  cancel(): void {
    this.#chunks = []
    this.#failure = undefined
    if (this.#state === 'over') return
    this.#close()
    this.#feeder.cancel()
  }

  drain(): void {
    if (this.#state !== 'open') return
    this.#state = 'draining'
    this.#takeAll()
    this.#timer = setTimeout(() => this.cancel(), DRAIN_MAX_MS).unref()
    this.#wakeReader()
  }

  #takeAll(): readonly Buffer[] {
    const chunks = this.#chunks
    this.#chunks = []
    this.#bytes = 0
    if (this.#isPaused) {
      this.#isPaused = false
      if (this.#state !== 'over') this.#feeder.resume()
    }
    return chunks
  }

  #close(): void {
    this.#state = 'over'
    clearTimeout(this.#timer)
    this.#wakeReader()
  }

  /** It takes what is there when it runs: everything that came with the same network read. */
  #wakeReader(): void {
    this.#wake?.()
    this.#wake = undefined
  }
}

/** As a stream of the web, for whoever wants one. Takes nothing before it is read. */
export function toWebStream(source: ByteSource): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const chunks = await source.read()
        if (chunks === undefined) controller.close()
        // As bytes, whose methods differ from those of a Buffer.
        for (const { buffer, byteOffset, byteLength } of chunks ?? [])
          controller.enqueue(new Uint8Array(buffer, byteOffset, byteLength))
      },
      cancel: () => source.cancel(),
    },
    { highWaterMark: 0 },
  )
}
