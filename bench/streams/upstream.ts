/**
 * What streaming servers under test call: a provider on plain sockets that writes ready-made packets by a clock. The
 * `user` of a request names the pace.
 */
import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { serveParent } from '../parent.ts'
import { createRequestReader } from './message-reader.ts'
import { PACES, TICK_MS, isPaceName } from './paces.ts'
import { createPacketTable, type Packets } from './packets.ts'

interface Stream {
  readonly socket: Socket
  readonly packets: Packets
  readonly everyTicks: number
  next: number
  dueTick: number
}

const table = createPacketTable()
const streams = new Set<Stream>()
let tick = 0

function answer(socket: Socket, body: string): void {
  const name = /"user":"(\w+)"/.exec(body)?.[1]
  if (!isPaceName(name)) throw new Error('a request of the bench names no pace')
  const packets = table.packetsFor(name, body.includes('"include_usage":true'))
  const { everyTicks } = PACES[name]
  const stream: Stream = { socket, packets, everyTicks, next: 0, dueTick: tick + everyTicks }
  send(stream)
  streams.add(stream)
}

/** A packet each, at once: the socket is told not to wait for more. */
function send(stream: Stream): void {
  const packet = stream.packets[stream.next]
  stream.next += 1
  if (packet !== undefined) stream.socket.write(packet)
}

setInterval(() => {
  tick += 1
  for (const stream of streams) {
    if (stream.socket.destroyed) streams.delete(stream)
    if (stream.dueTick > tick || stream.socket.destroyed) continue
    send(stream)
    stream.dueTick = tick + stream.everyTicks
    if (stream.next >= stream.packets.length) streams.delete(stream)
  }
}, TICK_MS)

const server = createServer({ noDelay: true }, (socket) => {
  socket.on(
    'data',
    createRequestReader((body) => answer(socket, body)),
  )
  // Servers under test are ended in the middle of streams.
  socket.on('error', () => socket.destroy())
}).listen({ port: 0, host: '127.0.0.1', backlog: 2048 })
await once(server, 'listening')
serveParent({ port: (server.address() as AddressInfo).port }, () => ({ open: streams.size }))
