/**
 * The text of a scorer as somebody's package has it, without a dependency: what `defineScorer` returns, spelt out.
 * @param score an expression
 */
export function scorerSource(type: string, score: string, contract: number | string = 1): string {
  return `{
  contract: ${contract},
  kinds: ['scorer'],
  type: '${type}',
  aliases: [],
  params: { safeParse: (data) => ({ success: true, data }) },
  description: '',
  stability: 'stable',
  readsOf: () => [],
  writesOf: () => [],
  create: () => ({ score: () => ${score} }),
}`;
}
