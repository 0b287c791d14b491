/** The client's own classes around streams, which apps know: what we hand out is one of them, or is made by one. */
export { Stream as ClientStream } from 'openai/streaming'
export { ChatCompletionStream } from 'openai/lib/ChatCompletionStream'
/** What the helper wraps around whatever breaks it. */
export { OpenAIError } from 'openai/error'
