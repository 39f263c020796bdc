import type { Endpoint } from "../contract/endpoint.ts";
import type { Outcome } from "../contract/outcome.ts";
import { ProfileRecord } from "./profile-record.ts";

/** Stages that are timed, in order. */
export const STAGES = [
	"preCall",
	"prepare",
	"filter",
	"score",
	"scoring",
	"pick",
	"postChoice",
] as const;
export type Stage = (typeof STAGES)[number];

/** Everything that is remembered of one decision. Belongs to the ring, which uses it again for a later decision. */
export class DecisionRecord {
	/** Sequence number of the decision that it holds now; an older decision finds its record gone. */
	sequence = 0;
	id = "";
	requestId = "";
	model = "";
	pool = "";
	seed = "";
	startedAt = 0;
	primaryProfile = "";
	readonly profiles: ProfileRecord[] = [];
	profileCount = 0;
	readonly companions: { role: string; endpoint: string }[] = [];
	readonly fallbacks: Endpoint[] = [];
	readonly faults: { plugin: string; stage: string; message: string }[] = [];
	readonly notes: { plugin: string; text: string }[] = [];
	readonly attempts: { endpoint: string; left: string | null }[] = [];
	readonly timings = new Float64Array(STAGES.length);
	outcome: Outcome | undefined;

	begin(
		sequence: number,
		pool: string,
		seed: string,
		requestId: string,
		model: string,
		now: number,
	): void {
		this.sequence = sequence;
		this.id = "";
		this.pool = pool;
		this.seed = seed;
		this.requestId = requestId;
		this.model = model;
		this.startedAt = now;
		this.primaryProfile = "";
		this.profileCount = 0;
		this.companions.length = 0;
		this.fallbacks.length = 0;
		this.faults.length = 0;
		this.notes.length = 0;
		this.attempts.length = 0;
		this.timings.fill(0);
		this.outcome = undefined;
	}

	nextProfile(): ProfileRecord {
		let profile = this.profiles[this.profileCount];
		if (profile === undefined) {
			profile = new ProfileRecord();
			this.profiles.push(profile);
		}
		this.profileCount++;
		return profile;
	}

	addTiming(stage: number, elapsedMs: number): void {
		this.timings[stage] = this.timings[stage]! + elapsedMs;
	}

	get bytes(): number {
		let bytes = 0;
		for (const profile of this.profiles) bytes += profile.bytes;
		return bytes;
	}
}
