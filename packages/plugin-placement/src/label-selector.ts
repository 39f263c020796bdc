import { z } from 'zod';

/** A label key of Kubernetes: an optional DNS prefix and a slash, then up to 63 letters, digits, `-`, `_` or `.`. */
const labelKey = z
  .string()
  .regex(
    /^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/,
    'is no label key: letters, digits, "-", "_" and ".", at most 63, after an optional DNS prefix and "/"',
  );

const labelValue = z
  .string()
  .regex(
    /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/,
    'is no label value: letters, digits, "-", "_" and ".", at most 63',
  );

const requirement = z.discriminatedUnion('operator', [
  z.strictObject({ key: labelKey, operator: z.literal('In'), values: z.array(labelValue).min(1) }),
  z.strictObject({ key: labelKey, operator: z.literal('NotIn'), values: z.array(labelValue).min(1) }),
  z.strictObject({ key: labelKey, operator: z.literal('Exists'), values: z.array(labelValue).max(0).optional() }),
  z.strictObject({ key: labelKey, operator: z.literal('DoesNotExist'), values: z.array(labelValue).max(0).optional() }),
]);

/** A Kubernetes label selector. An empty one selects everything. */
export const labelSelector = z.strictObject({
  /** Labels with exactly these values. */
  matchLabels: z
    .record(z.string(), labelValue)
    .superRefine((labels, context) => {
      // Said here, because a record's own message for a wrong key does not say what is wrong with it.
      for (const key of Object.keys(labels)) {
        const [issue] = labelKey.safeParse(key).error?.issues ?? [];
        if (issue !== undefined) context.addIssue({ code: 'custom', path: [key], message: issue.message });
      }
    })
    .optional(),
  matchExpressions: z.array(requirement).optional(),
});

export type LabelSelector = z.output<typeof labelSelector>;

type Labels = Readonly<Record<string, string>>;

/** Makes a function that answers `true`, or says which requirement the labels miss. */
export function compileSelector(selector: LabelSelector): (labels: Labels) => true | string {
  const checks: ((labels: Labels) => true | string)[] = [];
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) {
    const reason = `label ${key} is not "${value}"`;
    checks.push((labels) => labels[key] === value || reason);
  }
  for (const { key, operator, values = [] } of selector.matchExpressions ?? []) {
    const listed = new Set<string | undefined>(values);
    const reason = `label ${key} does not satisfy ${operator}${values.length > 0 ? ` (${values.join(', ')})` : ''}`;
    switch (operator) {
      case 'In':
        checks.push((labels) => (Object.hasOwn(labels, key) && listed.has(labels[key])) || reason);
        break;
      case 'NotIn':
        checks.push((labels) => !(Object.hasOwn(labels, key) && listed.has(labels[key])) || reason);
        break;
      case 'Exists':
        checks.push((labels) => Object.hasOwn(labels, key) || reason);
        break;
      case 'DoesNotExist':
        checks.push((labels) => !Object.hasOwn(labels, key) || reason);
        break;
    }
  }
  return (labels) => {
    for (const check of checks) {
      const verdict = check(labels);
      if (verdict !== true) return verdict;
    }
    return true;
  };
}
