import { pipeline, Readable, Transform, type TransformCallback } from 'node:stream'
import * as zlib from 'node:zlib'
import { codeOf, tooLargeError, toTransportError, TransportError } from './transport-error.ts'
import { ByteQueue, type ByteSource, type Feeder } from './transport-source.ts'

/** We ask for `identity`; some providers, and proxies on the way, compress all the same. */
const decoders: ReadonlyMap<string, (firstByte: number | undefined) => Transform> = new Map([
  ['gzip', () => zlib.createGunzip()],
  ['x-gzip', () => zlib.createGunzip()],
  ['deflate', inflateOfEitherKind],
  ['br', () => zlib.createBrotliDecompress()],
  ['zstd', () => zlib.createZstdDecompress()],
])

const UNDECODABLE = 'The compressed answer does not decode.'

/** More layers than this are an attack, not an encoding. */
const MAX_LAYERS = 3

/** The encodings to undo, in the order of undoing; empty when the body is plain. */
export function encodingsOf(contentEncoding: string | null): readonly string[] {
  if (contentEncoding === null) return []
  return contentEncoding
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== 'identity')
    .toReversed()
}

/**
 * Decodes a whole body.
 *
 * @throws {TransportError} `bad-encoding`, or `response-too-large` as soon as the decoded bytes exceed the maximum
 */
export async function decodeBytes(
  bytes: Buffer,
  encodings: readonly string[],
  maxBytes: number,
): Promise<Buffer> {
  const chunks: Buffer[] = []
  // In one piece: iterating over a buffer would yield its single bytes.
  const source = Readable.from([bytes], { objectMode: false })
  const decoded: AsyncIterable<Buffer> = decodeStream(source, { encodings, maxBytes, firstByte: bytes[0] })
  try {
    for await (const chunk of decoded) chunks.push(chunk)
  } catch (error) {
    throw error instanceof TransportError ? error : badEncoding(UNDECODABLE)
  }
  return Buffer.concat(chunks)
}

interface DecodeOptions {
  readonly encodings: readonly string[]
  readonly maxBytes: number
  /** Of the encoded body, where known: tells the two kinds of `deflate` apart. */
  readonly firstByte?: number | undefined
}

/** Where the transport puts a body that is still arriving. */
export interface BodySink {
  /** False: no more, until the feeder is told to resume. */
  push(chunk: Buffer): boolean
  end(): void
  fail(reason: unknown): void
}

/**
 * A place for the bytes of a body that is still arriving, and the source of its decoded ones.
 *
 * @throws {TransportError} `bad-encoding`, when we cannot decode it
 */
export function decodedStream(
  feeder: Feeder,
  options: DecodeOptions,
): { readonly sink: BodySink; readonly source: ByteSource } {
  const encoded = new Readable({
    read: () => feeder.resume(),
    destroy: (error, done) => {
      feeder.cancel()
      done(error)
    },
  })
  const decoded = decodeStream(encoded, options)
  const queue = new ByteQueue({ resume: () => decoded.resume(), cancel: () => decoded.destroy() })
  decoded
    .on('data', (chunk: Buffer) => {
      if (!queue.push(chunk)) decoded.pause()
    })
    .on('end', () => queue.end())
    .on('error', (error) => queue.fail(decodeError(error)))
  const sink = {
    push: (chunk: Buffer) => encoded.push(chunk),
    end: () => void encoded.push(null),
    fail: (reason: unknown) => {
      queue.fail(reason)
      encoded.destroy()
    },
  }
  return { sink, source: queue }
}

/** An end in the middle of a compressed body is a break; anything else that zlib says is about what came. */
function decodeError(error: Error): TransportError {
  if (error instanceof TransportError || codeOf(error) === 'Z_BUF_ERROR') return toTransportError(error, true)
  return badEncoding(UNDECODABLE)
}

/** An error of either stream destroys both. */
function decodeStream(source: Readable, options: DecodeOptions): Readable {
  const { encodings, maxBytes, firstByte } = options
  if (encodings.length > MAX_LAYERS) throw badEncoding(`The answer has over ${MAX_LAYERS} content encodings.`)
  const transforms = encodings.map((name) => {
    const decoder = decoders.get(name)
    if (decoder === undefined) throw badEncoding('The answer has a content encoding that we do not know.')
    return decoder(firstByte)
  })
  const capped = new ByteCap(maxBytes)
  // The reader of `capped` sees the error, so the callback has nothing left to report.
  pipeline([source, ...transforms, capped], () => {})
  return capped
}

/** Passes bytes on until there are too many: a few kilobytes of gzip may hold gigabytes. */
class ByteCap extends Transform {
  #bytes = 0
  readonly #maxBytes: number

  constructor(maxBytes: number) {
    super()
    this.#maxBytes = maxBytes
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#bytes += chunk.length
    if (this.#bytes > this.#maxBytes) done(tooLargeError(this.#maxBytes))
    else done(null, chunk)
  }
}

/** `deflate` should be the zlib format (RFC 9110 §8.4.1.2), yet some servers send it raw; zlib's first byte tells. */
function inflateOfEitherKind(firstByte: number | undefined): Transform {
  const isZlib = firstByte === undefined || (firstByte & 0x0f) === 0x08
  return isZlib ? zlib.createInflate() : zlib.createInflateRaw()
}

function badEncoding(message: string): TransportError {
  return new TransportError({ code: 'bad-encoding', message, wasSent: true })
}
