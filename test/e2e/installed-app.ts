import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const APPS = fileURLToPath(new URL('apps/', import.meta.url))
/** The Node that the apps run on. */
const NODE = process.env['E2E_NODE'] ?? process.execPath

export interface Workshop {
  /** A folder with the packed package and these packages installed, and the apps beside them. */
  install(name: string, dependencies: Readonly<Record<string, string>>): Promise<string>
  remove(): void
}

/** Packs the package once, into a folder of its own outside the project. */
export async function createWorkshop(): Promise<Workshop> {
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'express-llm-e2e-')))
  const args = ['pack', '--json', '--ignore-scripts', '--loglevel=error', '--pack-destination', home]
  const { stdout } = await run('npm', args, { cwd: ROOT })
  const told = JSON.parse(stdout) as Record<string, { readonly filename: string }>
  const tarball = Object.values(told)[0]?.filename
  if (tarball === undefined) throw new Error('npm pack made no tarball')

  async function install(name: string, dependencies: Readonly<Record<string, string>>): Promise<string> {
    const folder = join(home, name)
    mkdirSync(folder)
    cpSync(APPS, folder, { recursive: true })
    const all = { 'express-llm': `file:${join(home, tarball ?? '')}`, ...dependencies }
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies: all }))
    const quick = ['--prefer-offline', '--no-audit', '--no-fund', '--no-package-lock', '--ignore-scripts']
    await run('npm', ['install', ...quick, '--loglevel=error'], { cwd: folder })
    return folder
  }
  return { install, remove: () => rmSync(home, { recursive: true, force: true }) }
}

export interface AppRun {
  readonly out: unknown
  readonly stderr: string
}

/** Runs an app until it ends by itself; one that keeps a handle open is killed, and that is an error. */
export async function runApp(folder: string, file: string): Promise<AppRun> {
  const { stdout, stderr } = await run(NODE, [file], {
    cwd: folder,
    timeout: 20_000,
    env: plainEnvironment(),
  })
  return { out: JSON.parse(stdout), stderr }
}

/**
 * Type-checks an installed app with the project's own compiler.
 *
 * @returns what it complains of; empty when all is well
 */
export async function checkTypes(folder: string): Promise<string> {
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc')
  try {
    return (await run(process.execPath, [compiler, '-p', folder], { cwd: folder })).stdout
  } catch (error) {
    // The compiler tells mistakes on stdout; without any, it was not the compiler that failed.
    if (error instanceof Error && 'stdout' in error && typeof error.stdout === 'string') return error.stdout
    throw error
  }
}

/** Neither keys nor proxies of whoever runs the tests, nor the flags of the test runner. */
function plainEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'] }
}
