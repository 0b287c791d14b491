/** Any Vercel AI SDK language model as a provider; needs no package of the AI SDK. */
export { fromAiSdk } from './providers/ai-sdk.ts'
export type { AiSdkTarget } from './providers/ai-sdk.ts'
export type {
  AiSdkCallOptions,
  AiSdkFile,
  AiSdkMessage,
  AiSdkModel,
  AiSdkProviderOptions,
  AiSdkReasoning,
  AiSdkResponseFormat,
  AiSdkText,
  AiSdkTool,
  AiSdkToolCall,
  AiSdkToolChoice,
  AiSdkToolResult,
} from './providers/ai-sdk-model.ts'
