/** Express 4 stands beside 5 under an alias, which @types knows nothing of. The types of 5 fit what the tests do with it. */
declare module 'express4' {
  export { default } from 'express'
}
