/** Asks for a completion. @returns the status, and who served it */
export async function complete(
  url: string,
  prompt = 'hello there',
): Promise<{ status: number; endpoint: string | null }> {
  const answer = await fetch(new URL('/v1/completions', url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'simulated-model', prompt, max_tokens: 4, stream: true }),
  });
  await answer.text();
  return { status: answer.status, endpoint: answer.headers.get('x-pointsman-endpoint') };
}
