/** Which API of which dialect a request speaks. `raw` is a request that is forwarded without being understood. */
export type InferenceApi =
  | 'openai.completions'
  | 'openai.chat'
  | 'openai.responses'
  | 'openai.conversations'
  | 'openai.embeddings'
  | 'openai.images'
  | 'anthropic.messages'
  | 'anthropic.count_tokens'
  | 'vllm.generate'
  | 'sglang.generate'
  | 'vllmgrpc.generate'
  | 'vllmgrpc.embed'
  | 'vertexai.chat'
  | 'vertexai.responses'
  | 'raw';
