import type { ExplainedCandidate, ExplainedProfile, Explanation, ScoreCell } from '../contract/explanation.ts';
import { type DecisionRecord, STAGES } from '../engine/decision-record.ts';
import type { ProfileRecord } from '../engine/profile-record.ts';
import { findFlips } from './flips.ts';

/** Makes the explanation of a decision from the columns that the engine filled anyway. */
export function explain(record: DecisionRecord): Explanation {
  const profiles = record.profiles.slice(0, record.profileCount);
  const primary = profiles.find((profile) => profile.profile === record.primaryProfile) ?? profiles[0];
  const { outcome } = record;
  return {
    version: 1,
    id: record.id,
    requestId: record.requestId,
    pool: record.pool,
    model: record.model,
    at: new Date(record.startedAt).toISOString(),
    seed: record.seed,
    target: record.attempts.at(-1)?.id ?? '',
    fallbacks: record.fallbacks.map((endpoint) => endpoint.id),
    companions: Object.fromEntries(record.companions.map(({ role, endpoint }) => [role, endpoint])),
    primaryProfile: record.primaryProfile,
    profiles: profiles.map(explainProfile),
    data: primary === undefined ? [] : explainAges(primary, record.startedAt),
    faults: record.faults.map((fault) => ({ ...fault })),
    notes: record.notes.map((note) => ({ ...note })),
    timingsUs: Object.fromEntries(STAGES.map((stage, i) => [stage, Math.round(record.timings[i]! * 1e4) / 10])),
    attempts: record.attempts.map((endpoint, i) => ({ endpoint: endpoint.id, left: record.leftBecause[i] ?? null })),
    outcome:
      outcome === undefined
        ? null
        : {
            status: outcome.status,
            httpStatus: outcome.httpStatus ?? null,
            firstTokenMs: outcome.firstTokenMs ?? null,
            totalMs: outcome.totalMs,
            promptTokens: outcome.usage?.promptTokens ?? null,
            cachedTokens: outcome.usage?.cachedTokens ?? null,
            outputTokens: outcome.usage?.outputTokens ?? null,
          },
  };
}

function explainProfile(record: ProfileRecord): ExplainedProfile {
  const compiled = record.compiled!;
  const idAt = (position: number) => record.snapshot.endpoints[position]!.id;
  const ranks = new Map<number, number>();
  for (let i = 0; i < record.pickedCount; i++) ranks.set(record.order[i]!, i + 1);
  const scored = record.pickedCount > 0;
  const indices = Array.from({ length: scored ? record.length : 0 }, (_, i) => i).sort(
    (a, b) => record.totals[b]! - record.totals[a]! || (ranks.get(a) ?? Infinity) - (ranks.get(b) ?? Infinity),
  );
  const chosen = scored ? record.order[0]! : undefined;
  const runnerUp = indices.find((index) => index !== chosen);
  const best = indices.length > 0 ? record.totals[indices[0]!]! : Number.NaN;
  return {
    profile: compiled.name,
    considered:
      record.considered === undefined ? record.snapshot.endpoints.map((e) => e.id) : [...record.considered].map(idAt),
    filters: record.kept.map((kept, i) => ({
      plugin: compiled.filters[i]!.name,
      kept,
    })),
    dropped: record.drops(),
    scorers: compiled.scorers.map((scorer, s) => ({
      plugin: scorer.name,
      weight: compiled.weights[s]!,
    })),
    candidates: indices.map(
      (index): ExplainedCandidate => ({
        endpoint: record.endpoint(index).id,
        total: record.totals[index]!,
        rank: ranks.get(index) ?? null,
        scores: compiled.weights.map((weight, s) => scoreCell(record.raw[s]![index]!, weight)),
      }),
    ),
    adjustments: record.adjustIndices.map((index, i) => ({
      plugin: record.adjustPlugins[i]!,
      endpoint: record.endpoint(index).id,
      delta: record.adjustDeltas[i]!,
      reason: record.adjustReasons[i]!,
    })),
    picker: compiled.picker.name,
    picked: Array.from({ length: record.pickedCount }, (_, i) => record.endpoint(record.order[i]!).id),
    tied: indices.filter((index) => record.totals[index] === best).length,
    margin: chosen === undefined || runnerUp === undefined ? null : record.totals[chosen]! - record.totals[runnerUp]!,
    flips: chosen === undefined || runnerUp === undefined ? [] : findFlips(record, chosen, runnerUp),
  };
}

/** A score as it counted. Null: no opinion, or not usable. */
function scoreCell(raw: number, weight: number): ScoreCell {
  if (!Number.isFinite(raw)) return { raw: null, weighted: 0 };
  return { raw, weighted: Math.min(1, Math.max(0, raw)) * weight };
}

function explainAges(record: ProfileRecord, at: number): Explanation['data'] {
  return record.compiled!.ageWriters.map((writer, w) => ({
    writer,
    ages: Array.from({ length: record.length }, (_, i) => {
      const writtenAt = record.ages[w]![i]!;
      return {
        endpoint: record.endpoint(i).id,
        ageMs: Number.isNaN(writtenAt) ? null : Math.max(0, at - writtenAt),
      };
    }),
  }));
}
