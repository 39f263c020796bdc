/** One named server-sent event whose data carries the name as `type`. */
export function namedEvent(type: string, members: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...members })}\n\n`;
}
