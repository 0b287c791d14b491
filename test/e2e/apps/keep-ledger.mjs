export async function keepLedger({ createRouter, sqliteLedger, createFakeProvider, file }) {
  const fake = await createFakeProvider()
  const options = {
    tiers: { cheap: ['fake/test-model'] },
    providers: { fake: { baseUrl: `${fake.url}/v1`, apiKey: 'k' } },
  }
  const router = createRouter({ ...options, ledger: sqliteLedger(file) })
  await router.ask('Hello?')
  await router.close()
  const again = createRouter({ ...options, ledger: sqliteLedger(file) })
  const { total } = await again.costs()
  const calls = await again.calls()
  await again.close()
  await fake.close()
  const targets = calls.calls.map(({ target }) => target)
  process.stdout.write(`${JSON.stringify({ calls: total.calls, targets })}\n`)
}
