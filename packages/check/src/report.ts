import * as v from 'valibot';

const FindingSchema = v.object({
  level: v.picklist(['error', 'warning']),
  /** What was found, and what was expected. */
  message: v.string(),
  /** A file of the model, by its bare name. */
  file: v.optional(v.string()),
});

const OutcomeSchema = v.object({
  /** The id of the check. */
  check: v.string(),
  /** What holds of a model that passes. */
  summary: v.string(),
  /** `warned` passes, unless warnings fail (strict). */
  status: v.picklist(['passed', 'warned', 'failed', 'skipped']),
  findings: v.array(FindingSchema),
  /** By name; null where no number came out. */
  measured: v.record(v.string(), v.nullable(v.number())),
  /** Why it was skipped. */
  reason: v.optional(v.string()),
  /** What to do, where it did not pass. */
  remedy: v.optional(v.string()),
  seconds: v.number(),
});

const ModelReportSchema = v.object({
  /** The folder, as it was given. */
  model: v.string(),
  passed: v.boolean(),
  outcomes: v.array(OutcomeSchema),
});

/** The report of a run, which every format is made of; as JSON its schema is docs/check-report.schema.json. */
export const ReportSchema = v.object({
  format: v.literal(1),
  tool: v.object({ name: v.literal('latentkit check'), version: v.string() }),
  /** Whether every model passed. */
  passed: v.boolean(),
  models: v.array(ModelReportSchema),
});

export type Report = v.InferOutput<typeof ReportSchema>;
export type ModelReport = v.InferOutput<typeof ModelReportSchema>;
/** What one check came to on one model. */
export type Outcome = v.InferOutput<typeof OutcomeSchema>;
export type Status = Outcome['status'];

/** How many outcomes there are of each status. */
export function countOutcomes({ models }: Report): Record<Status, number> {
  const counts: Record<Status, number> = { passed: 0, warned: 0, failed: 0, skipped: 0 };
  for (const { outcomes } of models) {
    for (const { status } of outcomes) counts[status] += 1;
  }
  return counts;
}
