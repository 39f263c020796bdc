import type { InferenceRequest, PromptTokens } from '@pointsman/core';
import type { RequestContent, TextInput } from '@pointsman/inference-api';
import type { EstimateParams } from '../token-producer-params.ts';
import { jsonText, jsonTextUnsorted } from './json-text.ts';
import { MediaWriter, type TextHash } from './media-writer.ts';
import type { PromptBytes } from './prompt-bytes.ts';
import { writeChat } from './write-chat.ts';
import { writeMessages } from './write-messages.ts';

/**
 * Takes every four bytes of what a request says for a token. The ids are not the model's, but equal beginnings give
 * equal ids, which is what matching prefixes needs, and the number is close to the real one for English text.
 * @returns undefined for requests without a prompt that could be read
 */
export function estimatePrompts(
  content: RequestContent,
  headers: InferenceRequest['headers'],
  params: EstimateParams,
  bytes: PromptBytes,
  hash: TextHash,
): readonly PromptTokens[] | undefined {
  switch (content.kind) {
    case 'completions':
      return inputPrompts(content.prompt, bytes);
    case 'embeddings':
      return embeddingsPrompts(content.input, bytes);
    case 'chat':
      writeChat(content, bytes, new MediaWriter(bytes, params, headers, hash));
      break;
    case 'messages':
      writeMessages(content, bytes, new MediaWriter(bytes, params, headers, hash));
      break;
    case 'responses': {
      const parts = [{ instructions: content.instructions }, { tools: content.tools }, { input: content.input }].filter(
        (part) => Object.values(part)[0] != null,
      );
      bytes.text(jsonText(parts));
      break;
    }
    case 'conversations':
      bytes.text(
        `[${content.items
          .map(
            ({ type, role, content: said }) =>
              `{"type":${jsonText(type ?? '')},"role":${jsonText(role ?? '')},"content":${jsonText(said ?? null)}}`,
          )
          .join(',')}]`,
      );
      break;
    case 'tokens':
      bytes.tokens(content.tokenIds);
      return [{ ...bytes.take(), multimodal: content.features }];
    default:
      return undefined;
  }
  return [bytes.take()];
}

/** Independent prompts stay apart. */
function inputPrompts(input: TextInput, bytes: PromptBytes): PromptTokens[] {
  switch (input.form) {
    case 'text':
      return [textPrompt(input.text, bytes)];
    case 'texts':
      return input.texts.map((text) => textPrompt(text, bytes));
    case 'tokens':
      return [tokensPrompt(input.tokenIds, bytes)];
    case 'tokenLists':
      return input.tokenLists.map((ids) => tokensPrompt(ids, bytes));
  }
}

/** Texts to embed make one prompt together, in the form of llm-d's own record of them. */
function embeddingsPrompts(input: TextInput, bytes: PromptBytes): PromptTokens[] {
  switch (input.form) {
    case 'text':
      return [textPrompt(jsonTextUnsorted({ Raw: input.text, Strings: null, TokenIDs: null }), bytes)];
    case 'texts':
      return [textPrompt(jsonTextUnsorted({ Raw: '', Strings: input.texts, TokenIDs: null }), bytes)];
    default:
      return inputPrompts(input, bytes);
  }
}

function textPrompt(text: string, bytes: PromptBytes): PromptTokens {
  bytes.text(text);
  return bytes.take();
}

function tokensPrompt(ids: readonly number[], bytes: PromptBytes): PromptTokens {
  bytes.tokens(ids);
  return bytes.take();
}
