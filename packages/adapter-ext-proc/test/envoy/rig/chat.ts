/** The body of a chat request. @param bytes about how long it is */
export function chat(model: string, { bytes = 0, stream = false } = {}): string {
  return JSON.stringify({ model, stream, messages: [{ role: 'user', content: `Grüße ${'x'.repeat(bytes)}` }] });
}
