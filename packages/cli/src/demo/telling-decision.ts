import type { Explanation } from '@pointsman/core';
import { z } from 'zod';
import type { AdminClient } from '../admin/admin-client.ts';
import { readExplanation } from '../explain/read-explanation.ts';

const list = z.object({
  decisions: z.array(z.object({ id: z.string().nullable(), status: z.string(), cachedTokens: z.number().nullable() })),
});

/** How many decisions are looked at closely. */
const CANDIDATES = 20;

/**
 * A recent decision that is worth a look: much of the prompt was cached, and the scorers did not agree. Undefined when
 * there is none that can still be explained.
 */
export async function tellingDecision(admin: AdminClient): Promise<Explanation | undefined> {
  const { decisions } = list.parse(JSON.parse(await admin.get('/api/decisions?limit=1000')));
  const ids = decisions
    .filter(({ status }) => status === 'ok')
    .sort((a, b) => (b.cachedTokens ?? 0) - (a.cachedTokens ?? 0))
    .slice(0, CANDIDATES)
    .flatMap(({ id }) => id ?? []);
  let first: Explanation | undefined;
  for (const id of ids) {
    const explanation = await admin.get(`/api/decisions/${encodeURIComponent(id)}`).then(
      (text) => readExplanation(text, id),
      () => undefined,
    );
    if (explanation === undefined) continue;
    if (isContested(explanation)) return explanation;
    first ??= explanation;
  }
  return first;
}

/** Some scorer would rather have had another endpoint. */
function isContested({ target, profiles, primaryProfile }: Explanation): boolean {
  const profile = profiles.find((each) => each.profile === primaryProfile);
  const chosen = profile?.candidates.find(({ endpoint }) => endpoint === target);
  return (
    profile?.candidates.some(({ scores }) =>
      scores.some(({ weighted }, i) => weighted > (chosen?.scores[i]?.weighted ?? 0)),
    ) === true
  );
}
