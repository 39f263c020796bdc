import { isOptionalString, objectList } from '../json/json-fields.ts';
import type { JsonObject } from '../json/json-object.ts';
import { invalidField, type RequestKind } from './request-kind.ts';

/** An item of an OpenAI conversation, as the client wrote it. */
export interface ConversationItem {
  readonly type?: string | null;
  readonly role?: string | null;
  /** Unchecked: its shape depends on `type`. */
  readonly content?: unknown;
}

/**
 * Reads the field `items` of a conversation.
 * @throws ApiError if it is empty or a field that this package names has the wrong type
 */
export function conversationItems(json: JsonObject, kind: RequestKind): readonly ConversationItem[] {
  const items = objectList(json, 'items', kind);
  for (let i = 0; i < items.length; i++) {
    const { type, role } = items[i]!;
    if (!isOptionalString(type)) throw invalidField(kind, `items[${i}].type`, 'a string', type);
    if (!isOptionalString(role)) throw invalidField(kind, `items[${i}].role`, 'a string', role);
  }
  return items as readonly ConversationItem[];
}
