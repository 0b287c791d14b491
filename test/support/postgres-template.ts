/** Where the first test of a run that starts a PostgreSQL leaves what the others only copy. Gone at the end of the run. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    readonly postgresTemplate: string
  }
}

export default function provideTemplate({ provide }: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'express-llm-postgres-template-'))
  // The server's account looks into it, where tests run as root.
  chmodSync(folder, 0o755)
  provide('postgresTemplate', join(folder, 'data'))
  return () => rmSync(folder, { recursive: true, force: true })
}
