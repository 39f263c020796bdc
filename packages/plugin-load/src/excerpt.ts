const LONGEST = 60;

/** A text of unknown length in quotes, for a message: its beginning says enough. */
export function excerpt(text: string): string {
  return text.length <= LONGEST ? `"${text}"` : `"${text.slice(0, LONGEST)}..."`;
}
