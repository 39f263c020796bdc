/** Lines of a table for people. Columns named in `right` are set flush right. */
export function tableLines(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  right: (column: number) => boolean = () => false,
): readonly string[] {
  const widths = header.map((title, c) => Math.max(title.length, ...rows.map((row) => row[c]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `  ${widths
      .map((width, c) => (right(c) ? (cells[c] ?? '').padStart(width) : (cells[c] ?? '').padEnd(width)))
      .join('  ')
      .trimEnd()}`;
  return [line(header), ...rows.map(line)];
}
