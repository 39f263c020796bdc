import { isOptionalString, objectList } from '../json/json-fields.ts';
import { isJsonObject, type JsonObject } from '../json/json-object.ts';
import { invalidField, type RequestKind } from './request-kind.ts';
import type { UnknownType } from './unknown-type.ts';

/** Where a picture, film or sound is: a URL (often a `data:` URL), bare or in an object. */
export type MediaUrl = string | { readonly url?: string | null } | null;

/** Text of a message. */
export interface TextPart {
  readonly type: 'text';
  readonly text?: string | null;
}

/** A picture. */
export interface ImageUrlPart {
  readonly type: 'image_url';
  readonly image_url?: MediaUrl;
}

/** A film. */
export interface VideoUrlPart {
  readonly type: 'video_url';
  readonly video_url?: MediaUrl;
}

/** A sound, by URL. */
export interface AudioUrlPart {
  readonly type: 'audio_url';
  readonly audio_url?: MediaUrl;
}

/** A sound, as base64. */
export interface InputAudioPart {
  readonly type: 'input_audio';
  readonly input_audio?: { readonly data?: string | null; readonly format?: string | null } | null;
}

/** A part of any other type; its fields are unchecked. */
export interface OtherPart {
  readonly type?: UnknownType;
}

/** A part of structured content. */
export type ContentPart = TextPart | ImageUrlPart | VideoUrlPart | AudioUrlPart | InputAudioPart | OtherPart;

/** What a chat message says. A string among the parts is text. */
export type ChatMessageContent = string | readonly (ContentPart | string)[] | null;

/** A message of an OpenAI chat, as the client wrote it. */
export interface ChatMessage {
  readonly role?: string | null;
  readonly content?: ChatMessageContent;
  /** Calls that the assistant made; unchecked. */
  readonly tool_calls?: unknown;
}

/**
 * Reads the field `messages` of a chat.
 * @throws ApiError if it is empty or a field that this package names has the wrong type
 */
export function chatMessages(json: JsonObject, kind: RequestKind): readonly ChatMessage[] {
  const messages = objectList(json, 'messages', kind);
  for (let i = 0; i < messages.length; i++) {
    const { role, content } = messages[i]!;
    if (!isOptionalString(role)) throw invalidField(kind, `messages[${i}].role`, 'a string', role);
    if (isOptionalString(content)) continue;
    if (!Array.isArray(content)) {
      throw invalidField(kind, `messages[${i}].content`, 'a string, an array or null', content);
    }
    for (let j = 0; j < content.length; j++) {
      const wrong = wrongPartField(content[j]);
      if (wrong) throw invalidField(kind, `messages[${i}].content[${j}]${wrong[0]}`, wrong[1], wrong[2]);
    }
  }
  return messages as readonly ChatMessage[];
}

/** The first wrong field of a part as path, expectation and value. */
function wrongPartField(part: unknown): readonly [string, string, unknown] | undefined {
  if (typeof part === 'string') return undefined;
  if (!isJsonObject(part)) return ['', 'an object or a string', part];
  switch (part.type) {
    case 'text':
      return isOptionalString(part.text) ? undefined : ['.text', 'a string', part.text];
    case 'image_url':
    case 'video_url':
    case 'audio_url': {
      const media = part[part.type];
      if (isOptionalString(media)) return undefined;
      if (!isJsonObject(media)) return [`.${part.type}`, 'an object or a string', media];
      return isOptionalString(media.url) ? undefined : [`.${part.type}.url`, 'a string', media.url];
    }
    case 'input_audio': {
      const audio = part.input_audio;
      if (audio === undefined || audio === null) return undefined;
      if (!isJsonObject(audio)) return ['.input_audio', 'an object', audio];
      if (!isOptionalString(audio.data)) return ['.input_audio.data', 'a string', audio.data];
      return isOptionalString(audio.format) ? undefined : ['.input_audio.format', 'a string', audio.format];
    }
    default:
      return undefined;
  }
}
