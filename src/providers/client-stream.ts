/** The client's own classes around streams, which apps know: what we hand out is one of them, or is made by one. */
export { Stream as ClientStream } from 'openai/streaming'
export { ChatCompletionStream } from 'openai/lib/ChatCompletionStream'
