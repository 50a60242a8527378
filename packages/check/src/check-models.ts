import { join, relative, resolve } from 'node:path';
import { ArgumentError } from '@latentkit/core';
import { checkList, checkOptions, checkText } from '@latentkit/core/runtime';
import { writeFileWhole } from '@latentkit/system';
import { version } from '../package.json' with { type: 'json' };
import { recordGolden } from './adopt/golden/record-golden.ts';
import { type Check, type CheckResult, error } from './check.ts';
import { CHECKS } from './checks/table.ts';
import { CONFIG_FILE, type Config, settingsOf } from './config/config.ts';
import type { GivenSettings } from './config/settings.ts';
import { Devices } from './devices/devices.ts';
import { findModels } from './model/find-models.ts';
import { makeRecord } from './model/make-record.ts';
import { type ExportRun, ModelUnderCheck } from './model/model-under-check.ts';
import { RECORD_FILE, RecordError } from './model/record.ts';
import type { ModelReport, Outcome, Report } from './report.ts';

export interface CheckModelsOptions {
  /** As {@link readConfig} reads it; paths in it are relative to `cwd`. */
  readonly config?: Config | undefined;
  /** Settings that win over the configuration's. */
  readonly settings?: GivenSettings | undefined;
  /** Ids of the checks to run, and those that they need; all by default. */
  readonly only?: readonly string[] | undefined;
  /** Warnings fail too. */
  readonly strict?: boolean | undefined;
  /** Where relative paths begin; the working folder by default. */
  readonly cwd?: string | undefined;
  /** How a run is exported (the setting `run`), for the check `export/same-bytes`; without it that is skipped. */
  readonly exportRun?: ExportRun | undefined;
  readonly onModel?: ((report: ModelReport) => void) | undefined;
}

/**
 * Checks models: their cards, graphs, weights, numbers on every device at hand, quality and budgets.
 *
 * @param patterns folders with a `model.json`, folders of such, or globs; those of the configuration where none are given;
 *   one that names no model is told as a model that failed
 * @throws ArgumentError for an id that is none
 */
export async function checkModels(
  patterns: readonly string[],
  options: CheckModelsOptions = {},
): Promise<Report> {
  checkGiven(patterns, options);
  const checks = chosen(options.only);
  const models: ModelReport[] = [];
  await eachModel(patterns, options, async (model, folder) => {
    const report = await checkOne(model, folder, checks, options);
    models.push(report);
    options.onModel?.(report);
  });
  return {
    format: 1,
    tool: { name: 'latentkit check', version },
    passed: models.every(({ passed }) => passed),
    models,
  };
}

/**
 * Writes beside each card what was measured of the model (`check.json`), for later checks to compare
 * with. Only what passes is recorded, but for the comparison with what was recorded before. A model whose card
 * names no golden values gets them first, by ONNX Runtime, where its inputs can be made up.
 *
 * @returns the report of the checks; models in it that failed were not recorded
 */
export async function recordModels(
  patterns: readonly string[],
  options: CheckModelsOptions = {},
): Promise<Report> {
  checkGiven(patterns, options);
  const recorded = CHECKS.filter(({ id }) => COMPARED.includes(id)).map(({ id }) => id);
  const settings = {
    ...options.settings,
    ignore: [...(options.settings?.ignore ?? []), ...recorded],
  };
  await eachModel(patterns, options, async (model) => {
    const card = await model.card().catch(() => undefined);
    // A card that is wrong, or a graph that does not run, is for the checks to tell.
    if (card && !card.golden) await recordGolden(model.folder, card).catch(() => false);
  });
  const report = await checkModels(patterns, { ...options, settings });
  const sound = new Set(report.models.filter(({ passed }) => passed).map(({ model }) => model));
  await eachModel(patterns, options, async (model, folder) => {
    if (!sound.has(folder)) return;
    const text = `${JSON.stringify(await makeRecord(model), null, 1)}\n`;
    await writeFileWhole(join(model.folder, RECORD_FILE), text);
  });
  return { ...report, models: report.models.map(withoutComparison) };
}

/** The reason for which a recording leaves checks out, which is not that of somebody's settings. */
function withoutComparison(model: ModelReport): ModelReport {
  const outcomes = model.outcomes.map((outcome) =>
    COMPARED.includes(outcome.check) && outcome.status === 'skipped'
      ? { ...outcome, reason: 'what is recorded anew is not compared with what was before' }
      : outcome,
  );
  return { ...model, outcomes };
}

function checkGiven(patterns: readonly string[], options: CheckModelsOptions): void {
  checkList('patterns', patterns, 'a list of folders or globs');
  for (const pattern of patterns) checkText('patterns', pattern, 'folders or globs');
  checkOptions(options);
}

/** Checks that a record decides. */
const COMPARED: readonly string[] = [
  'card/contract',
  'graph/opset',
  'quality/recall',
  'quality/reconstruction',
  'budget/slowdown',
];

function chosen(only: readonly string[] | undefined): readonly Check[] {
  if (only === undefined) return CHECKS;
  const wanted = new Set<string>();
  const want = (id: string) => {
    const check = CHECKS.find((each) => each.id === id);
    if (!check)
      throw new ArgumentError(
        'only',
        `ids of checks: ${CHECKS.map((each) => each.id).join(', ')}`,
        id,
      );
    wanted.add(id);
    for (const needed of check.needs ?? []) want(needed);
  };
  for (const id of only) want(id);
  return CHECKS.filter(({ id }) => wanted.has(id));
}

async function eachModel(
  patterns: readonly string[],
  { config = {}, settings, cwd = process.cwd(), exportRun }: CheckModelsOptions,
  visit: (model: ModelUnderCheck, folder: string) => Promise<void>,
): Promise<void> {
  const named = patterns.length > 0 ? patterns : (config.check?.models ?? []);
  if (named.length === 0) {
    throw new ArgumentError(
      'models',
      `folders or globs, or a ${CONFIG_FILE} that names some`,
      named,
    );
  }
  const devices = new Devices();
  try {
    for (const folder of await findModels(named, cwd)) {
      const path = relative(cwd, resolve(cwd, folder)).replaceAll('\\', '/') || '.';
      const model = new ModelUnderCheck(resolve(cwd, folder), settingsOf(config, path, settings), {
        devices,
        cwd,
        exportRun,
      });
      try {
        await visit(model, folder);
      } finally {
        await model.dispose();
      }
    }
  } finally {
    await devices.close();
  }
}

async function checkOne(
  model: ModelUnderCheck,
  folder: string,
  checks: readonly Check[],
  { strict = false }: CheckModelsOptions,
): Promise<ModelReport> {
  const outcomes: Outcome[] = [];
  const unsound = new Set<string>();
  for (const check of checks) {
    const need = check.needs?.find((id) => unsound.has(id));
    const outcome = await outcomeOf(check, model, need, strict);
    if (need || outcome.status === 'failed') unsound.add(check.id);
    outcomes.push(outcome);
  }
  return { model: folder, passed: outcomes.every((each) => each.status !== 'failed'), outcomes };
}

/** @param need a check that this one needs, and that did not pass */
async function outcomeOf(
  check: Check,
  model: ModelUnderCheck,
  need: string | undefined,
  strict: boolean,
): Promise<Outcome> {
  const { id, summary } = check;
  const start = performance.now();
  const reason = model.settings.ignore.includes(id)
    ? 'ignored by the settings'
    : need && `${need} did not pass`;
  const result: CheckResult = reason ? { skipped: reason } : await run(check, model);
  const { findings = [], measured = {}, skipped, remedy = check.remedy } = result;
  const fails = findings.some(({ level }) => strict || level === 'error');
  const passed = findings.length === 0 ? 'passed' : 'warned';
  return {
    check: id,
    summary,
    status: skipped !== undefined ? 'skipped' : fails ? 'failed' : passed,
    findings: [...findings],
    measured: numbersOf(measured),
    ...(skipped === undefined ? {} : { reason: skipped }),
    ...(findings.length > 0 ? { remedy } : {}),
    seconds: Math.round(performance.now() - start) / 1000,
  };
}

/** JSON has no NaN. */
function numbersOf(measured: Readonly<Record<string, number>>): Record<string, number | null> {
  const entries = Object.entries(measured);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, Number.isFinite(value) ? value : null]),
  );
}

/** A check that breaks down has found something: what it relied on does not hold. */
async function run(check: Check, model: ModelUnderCheck): Promise<CheckResult> {
  try {
    return await check.run(model);
  } catch (problem) {
    const findings = [error((problem as Error).message)];
    return problem instanceof RecordError ? { findings, remedy: problem.remedy } : { findings };
  }
}
