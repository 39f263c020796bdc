/** More says no more, and has to fit into one frame with three bytes for each. */
const MAX_CHARACTERS = 1000;

/** A text as the header `grpc-message` has it: what is not printable ASCII is percent-encoded, byte by byte of its UTF-8. */
export function encodeMessage(text: string): string {
  const bytes = Buffer.from(text.slice(0, MAX_CHARACTERS)).toString('latin1');
  return bytes.replace(/[^ -$&-~]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}
