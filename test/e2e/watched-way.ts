import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** Bytes between a browser and an app, handed on as they come. */
export interface WatchedWay {
  /** Where the browser finds the app. */
  readonly origin: string
  /** Resolves when the browser has given up a connection that carried `request`, with the time of that, ms since the epoch. */
  hungUp(request: string): Promise<number>
  close(): void
}

/**
 * Stands before an app and sees the browser hang up, in the clock of the test. It hangs up at the app in the same
 * moment, so what comes after that is the app's own doing.
 */
export async function watchWay(to: string): Promise<WatchedWay> {
  const { hostname, port } = new URL(to)
  const sockets = new Set<Socket>()
  const hangUps: { readonly said: string; readonly atMs: number }[] = []
  const looks = new Set<() => void>()

  const server = createServer((browser) => {
    const app = connect(Number(port), hostname)
    let said = ''
    sockets.add(browser).add(app)
    browser.on('data', (bytes: Buffer) => (said += bytes.toString('latin1')))
    browser.pipe(app).pipe(browser)
    const onGone = (): void => {
      if (!sockets.delete(browser)) return
      hangUps.push({ said, atMs: Date.now() })
      app.destroy()
      for (const look of looks) look()
    }
    browser.once('end', onGone).once('close', onGone).on('error', onGone)
    app.once('close', () => {
      sockets.delete(app)
      browser.destroy()
    })
    app.on('error', () => browser.destroy())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()

  return {
    origin: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    hungUp: (request) =>
      new Promise((resolve) => {
        const look = (): void => {
          const seen = hangUps.find(({ said }) => said.includes(request))
          if (seen === undefined) return
          looks.delete(look)
          resolve(seen.atMs)
        }
        looks.add(look)
        look()
      }),
    close() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
