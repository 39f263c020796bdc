/** The end of a command's help: examples with what they do. */
export function examples(...lines: readonly (readonly [comment: string, command: string])[]): string {
  return `\nExamples:\n${lines.map(([comment, command]) => `  # ${comment}\n  $ ${command}`).join('\n')}`;
}
