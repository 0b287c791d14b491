/** How the build puts declarations together. */
import { describe, expect, test } from 'vitest'
import { rollDeclarations } from '../scripts/declarations/roll.ts'

/** Rolls files that are given without their ending; answers likewise. */
function roll(files: Readonly<Record<string, string>>, entries = ['index']): Record<string, string> {
  const named = new Map(Object.entries(files).map(([path, text]) => [`${path}.d.ts`, text]))
  const rolled = rollDeclarations(
    named,
    entries.map((entry) => `${entry}.d.ts`),
  )
  return Object.fromEntries([...rolled].map(([path, text]) => [path.replace('.d.ts', ''), text]))
}

describe('rolled declarations', () => {
  test('hold what the exports of an entry consist of, documentation included, and nothing else', () => {
    const { index } = roll({
      index: `/** About the file. */\nexport { open, type Door } from './room/door.ts'`,
      'room/door': [
        `import type { Key } from '../key.ts'`,
        `import type { Unused } from '../unused.ts'`,
        `/** About doors. */`,
        `export interface Door {\n    /** Opens it. */\n    readonly key?: Key;\n}`,
        `export declare function open(door: Door): void;`,
        `export declare function paint(door: Door): Unused;`,
      ].join('\n'),
      key: `/** About keys. */\nexport type Key = string;`,
      unused: `export interface Unused {}`,
    })
    expect(index).toBe(
      [
        `/** About keys. */`,
        `type Key = string;`,
        `/** About doors. */`,
        `export interface Door {\n\t/** Opens it. */\n\treadonly key?: Key;\n}`,
        `export declare function open(door: Door): void;`,
        `export {};`,
        ``,
      ].join('\n'),
    )
  })

  test('of several entries share what more than one needs, so that it stays one type', () => {
    const files = roll(
      {
        index: `export { a } from './a.ts'`,
        testing: `export { b } from './b.ts'`,
        a: `import type { Both } from './both.ts'\nexport declare function a(both: Both): void;`,
        b: `import type { Sdk } from 'sdk'\nimport { type Both } from './both.ts'\nexport declare const b: Both & Sdk;`,
        both: `export declare class Both {\n    #private;\n}`,
      },
      ['index', 'testing'],
    )
    expect(files).toEqual({
      index: `import { Both } from './types.js';\nexport declare function a(both: Both): void;\nexport {};\n`,
      testing: `import { Both } from './types.js';\nimport { Sdk } from 'sdk';\ndeclare const b: Both & Sdk;\nexport { b };\n`,
      types: `export declare class Both {\n\t#private;\n}\nexport {};\n`,
    })
  })

  test('give another name to what two modules call the same, and to what hides a global', () => {
    const { index } = roll({
      index: `export { one, type Options, type Response } from './one.ts'\nexport { two } from './two.ts'`,
      one: `export interface Options {}\nexport interface Response {}\nexport declare function one(options: Options): Response;`,
      two: `interface Options {\n    readonly Options: string;\n}\nexport declare function two(options: Options): Response;`,
    })
    expect(index).toContain('declare function one(options: Options): Response$1;')
    expect(index).toContain('interface Options$1 {\n\treadonly Options: string;\n}')
    expect(index).toContain('declare function two(options: Options$1): Response;')
    expect(index).toContain('export type { Response$1 as Response };')
  })

  test('take type parameters, inferred names and mapped keys for what they are', () => {
    const { index } = roll({
      index: `export type { Wide } from './wide.ts'`,
      wide: [
        `import type { T, R, K } from './names.ts'`,
        `export type Wide<T> = T extends (infer R)[] ? R : {\n    [K in keyof T]: T[K];\n};`,
        `export type Other = T | R | K;`,
      ].join('\n'),
      names: `export type T = 1;\nexport type R = 2;\nexport type K = 3;`,
    })
    expect(index).not.toMatch(/= [123]/)
    expect(index).toContain('export type Wide<T> =')
  })

  test('stand where the first entry exports them, so that the others import them from there', () => {
    const files = roll(
      {
        index: `export { a } from './a.ts'\nexport type { Both } from './both.ts'`,
        testing: `export { b } from './b.ts'\nexport type { Both } from './both.ts'`,
        a: `import type { Both } from './both.ts'\nexport declare function a(both: Both): void;`,
        b: `import type { Both } from './both.ts'\nexport declare function b(both: Both): void;`,
        both: `export interface Both {}`,
      },
      ['index', 'testing'],
    )
    expect(files).toEqual({
      index: `export declare function a(both: Both): void;\nexport interface Both {}\nexport {};\n`,
      testing: `import { Both } from './index.js';\nexport declare function b(both: Both): void;\nexport {};\nexport type { Both } from './index.js';\n`,
    })
  })

  test('carry everything that can name something: heirs, queries, keys, imports in place', () => {
    const { index } = roll({
      index: `export { Child } from './child.ts'`,
      child: [
        `import { Base, type Able, mark, key } from './parts.ts'`,
        `import * as z from 'zod'`,
        `import Client, { type Stream as ClientStream } from 'client'`,
        `export declare class Child extends Base<z.Shape> implements Able {`,
        `    readonly [key]: typeof mark;`,
        `    make(): import('./made.ts').Made<Client> | ClientStream;`,
        `    [Symbol.iterator](): import("other").Thing;`,
        `}`,
      ].join('\n'),
      parts: `export declare class Base<T> {}\nexport interface Able {}\nexport declare const mark: unique symbol, key: unique symbol;`,
      made: `export interface Made<T> {}`,
    })
    expect(index).toContain(`import * as z from 'zod';`)
    expect(index).toContain(`import { default as Client, Stream } from 'client';`)
    expect(index).toContain(`make(): Made<Client> | Stream;`)
    expect(index).toContain(`import("other").Thing`)
    expect(index?.match(/declare const mark/g)).toHaveLength(1)
    for (const name of ['class Base<T>', 'interface Able', 'interface Made<T>']) expect(index).toContain(name)
  })

  test('keep overloads together, and what is added to global types with the entries that lead there', () => {
    const files = roll(
      {
        index: `export { f } from './f.ts'`,
        other: `export declare const other: 1;`,
        f: [
          `import type { Llm } from './llm.ts'`,
          `declare global {\n    interface Request {\n        llm: Llm;\n    }\n}`,
          `export declare function f(a: 1): 1;\nexport declare function f(a: 2): 2;`,
        ].join('\n'),
        llm: `export interface Llm {}`,
      },
      ['index', 'other'],
    )
    expect(files['index']?.match(/declare function f/g)).toHaveLength(2)
    expect(files['index']).toContain('declare global {\n\tinterface Request {\n\t\tllm: Llm;')
    expect(files['index']).toContain('interface Llm {}')
    expect(files['other']).toBe('declare const other: 1;\nexport { other };\n')
  })

  test.each([
    ['a default export', 'declare const a: 1;\nexport default a;', 'ExportDefaultDeclaration'],
    ['a barrel', `export * from './b.ts'`, 'ExportAllDeclaration'],
    ['an export that is not there', `export { c } from './b.ts'`, 'b.d.ts exports no c'],
    ['the whole of a file of ours', `import * as b from './b.ts'\nexport declare const a: b.B;`, 'import *'],
  ])('refuse %s', (_name, index, message) => {
    expect(() => roll({ index, b: 'export interface B {}' })).toThrow(message)
  })

  test('refuse a new name that a type parameter has already', () => {
    const index = `import type { A as Renamed } from 'a'\nexport interface B<A> {\n    readonly a: A;\n    readonly b: Renamed;\n}`
    expect(() => roll({ index })).toThrow('index.d.ts: A has two meanings; rename one')
  })
})
