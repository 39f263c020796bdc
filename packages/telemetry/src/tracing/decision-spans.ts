import { type Attributes, type Context, SpanKind, type Tracer, trace } from '@opentelemetry/api';
import type { Decision, ExplainedProfile, InferenceRequest, Scheduler } from '@pointsman/core';

/** A decision that was made for a request that is traced. */
export interface TracedDecision {
  readonly tracer: Tracer;
  /** That of the span of the request. */
  readonly context: Context;
  readonly scheduler: Scheduler;
  readonly decision: Decision;
  readonly request: InferenceRequest;
  /** Milliseconds since the epoch. */
  readonly endedAt: number;
}

/** How many picked endpoints a span names. */
const TOP = 5;

/** A span that lies in the past, in milliseconds since the epoch. */
interface Past {
  readonly startTime: number;
  readonly endTime: number;
}

/**
 * The spans of a decision, made of its explanation. Stages are timed over all profiles: with several, each profile is
 * shown with an equal part.
 */
export function decisionSpans({ tracer, context, scheduler, decision, request, endedAt }: TracedDecision): void {
  const { timingsUs, profiles } = decision.explain();
  const ms = (stage: string) => (timingsUs[stage] ?? 0) / 1000;
  const duration = Object.keys(timingsUs).reduce((sum, stage) => sum + ms(stage), 0);
  const types = new Map(
    scheduler.pools
      .get(decision.pool)
      ?.plugins()
      .map(({ name, type }) => [name, type]),
  );
  const record = (
    name: string,
    within: Context,
    { startTime, endTime }: Past,
    attributes: Attributes,
    kind?: SpanKind,
  ) => {
    const span = tracer.startSpan(name, { startTime, attributes, ...(kind !== undefined && { kind }) }, within);
    span.end(endTime);
    return trace.setSpan(within, span);
  };

  const startedAt = endedAt - duration;
  const orchestration = record(
    'gateway.request_orchestration',
    context,
    { startTime: startedAt, endTime: endedAt },
    {
      target_model: request.targetModel,
      request_prio: request.priority,
      'gen_ai.request.model': request.model,
      'gen_ai.request.id': request.id,
    },
    SpanKind.SERVER,
  );
  let at = startedAt + ms('preCall') + ms('admit') + ms('prepare');
  for (const profile of profiles) {
    const lasting = (...stages: readonly string[]): Past => {
      const startTime = at;
      at += stages.reduce((sum, stage) => sum + ms(stage), 0) / profiles.length;
      return { startTime, endTime: at };
    };
    const [filter, score, pick] = [lasting('filter'), lasting('score', 'scoring'), lasting('pick')];
    const run = record(
      'run_scheduler_profile',
      orchestration,
      { startTime: filter.startTime, endTime: pick.endTime },
      { 'llm_d.epp.scheduling.profile.name': profile.profile },
    );
    const left = profile.filters.at(-1)?.kept ?? profile.considered.length;
    if (profile.filters.length > 0) {
      record('filter_endpoints', run, filter, {
        'llm_d.epp.filter.candidate_endpoints': profile.considered.length,
        'llm_d.epp.filter.filtered_endpoints': left,
      });
    }
    if (left === 0) continue;
    if (profile.scorers.length > 0) {
      const scoring = record('llm_d.epp.scoring', run, score, {
        'llm_d.epp.scorer.count': profile.scorers.length,
        'llm_d.epp.scoring.candidate_endpoints': left,
      });
      for (const [index, { plugin, weight }] of profile.scorers.entries()) {
        const type = types.get(plugin) ?? plugin;
        const attributes = { type, name: plugin, weight, candidate_endpoints: left, ...scoresOf(profile, index) };
        record(`llm_d.epp.scorer.${type}`, scoring, score, prefixed('llm_d.epp.scorer.', attributes));
      }
    }
    const top = profile.candidates.slice(0, TOP);
    record('pick_endpoints', run, pick, {
      'llm_d.epp.picker.candidate_endpoints': left,
      'llm_d.epp.picker.top_endpoints': top.map(({ endpoint }) => endpoint),
      'llm_d.epp.picker.top_scores': top.map(({ total }) => total),
    });
  }
}

function scoresOf({ candidates }: ExplainedProfile, scorer: number): Attributes {
  const scores = candidates.flatMap((candidate) => candidate.scores[scorer]?.raw ?? []);
  const counted = { endpoints_scored: scores.length };
  if (scores.length === 0) return counted;
  const sum = scores.reduce((total, score) => total + score, 0);
  return { ...counted, 'score.max': Math.max(...scores), 'score.avg': sum / scores.length };
}

function prefixed(prefix: string, attributes: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [`${prefix}${name}`, value]));
}
