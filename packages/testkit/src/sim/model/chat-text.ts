/** One message of a conversation, its content flattened to text. */
export interface ChatMessage {
  readonly role: string;
  readonly text: string;
}

/** The conversation as the model reads it. The end of each message is a token boundary, so turns share prefixes. */
export function chatText(messages: readonly ChatMessage[]): string {
  return messages.map(({ role, text }) => `### ${role}: ${text}\n`).join('');
}

/** What an echoing model answers: the last message of the user, else the last one. */
export function chatEcho(messages: readonly ChatMessage[]): string {
  return (messages.findLast(({ role }) => role === 'user') ?? messages.at(-1))?.text ?? '';
}
