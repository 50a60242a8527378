import { ArgumentError } from '@latentkit/core';
import { checkOptions } from '@latentkit/core/runtime';
import * as v from 'valibot';
import { CHECK_DEVICES } from '../devices/devices.ts';

/** What a model is exported for: each has operators and types that it lacks. */
export const TARGETS = ['node', 'wasm', 'webgpu', 'triton'] as const;

export type Target = (typeof TARGETS)[number];

const positive = v.pipe(v.number(), v.finite(), v.gtValue(0));
const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
const checkId = v.pipe(
  v.string(),
  v.regex(/^[a-z]+\/[a-z0-9-]+$/, 'the id of a check, such as parity/cpu'),
);

/** What may be set for a model. Descriptions go into the published JSON Schema. */
const settings = {
  devices: v.pipe(
    v.array(v.picklist(CHECK_DEVICES)),
    v.minLength(1),
    v.description(
      'Where golden parity is checked; a device that is named here and cannot run fails. By default cpu, cpu-plain and wasm, each where it can run.',
    ),
  ),
  targets: v.pipe(
    v.array(v.picklist(TARGETS)),
    v.description(
      'What the graphs must be able to run on: their operators and types are looked at.',
    ),
  ),
  opset: v.pipe(
    v.tuple([count, count]),
    v.description('The least and the greatest version of ONNX’s operator set that graphs may use.'),
  ),
  tolerance: v.pipe(
    v.record(v.string(), positive),
    v.description(
      'Largest error against the golden outputs by device or precision (cpu, wasm, webgpu, fp16, int8), instead of the card’s, in units of the largest number of a row where that is beyond ±1.',
    ),
  ),
  largestTolerance: v.pipe(
    positive,
    v.description('What a tolerance on the card may be at most: a larger one excuses anything.'),
  ),
  largestWeight: v.pipe(positive, v.description('Largest absolute value of a weight.')),
  recall: v.pipe(
    share,
    v.description('Least recall@10 of neighbours, against the recorded or the fp32 embeddings.'),
  ),
  reconstruction: v.pipe(
    positive,
    v.description(
      'Largest reconstruction error of the sample, in units of the recorded one, or of that of fp32.',
    ),
  ),
  bytes: v.pipe(count, v.description('Bytes that the graphs of one precision may have together.')),
  latency: v.pipe(
    positive,
    v.description(
      'Longest encode of 64 items through the typed API, in units of the bare session of ONNX Runtime.',
    ),
  ),
  slowdown: v.pipe(
    positive,
    v.description(
      'Longest run of the encoder, in units of the recorded one; both are measured beside a fixed product of matrices, so that machines can be compared.',
    ),
  ),
  run: v.pipe(
    v.string(),
    v.minLength(1),
    v.description('The run folder that the model was exported from: it must give the same bytes.'),
  ),
  ignore: v.pipe(v.array(checkId), v.description('Checks that are left out, by their ids.')),
} as const;

export const SettingsSchema = v.partial(v.strictObject(settings));

/** Settings as they are given: what is absent has its standard. */
export type GivenSettings = v.InferOutput<typeof SettingsSchema>;

const EverySetting = v.strictObject(settings);

/**
 * Budgets, and where a run is, have no standard. Devices have one (STANDARD_DEVICES), but are absent until they are
 * asked for: one that was asked for must run.
 */
type Optional = 'bytes' | 'latency' | 'slowdown' | 'run' | 'devices';

/** Settings of the checks of one model. */
export type Settings = Omit<v.InferOutput<typeof EverySetting>, Optional> &
  Pick<GivenSettings, Optional>;

/** Where golden parity is checked unless devices are asked for: what a machine can have without a GPU or a browser. */
export const STANDARD_DEVICES = ['cpu', 'cpu-plain', 'wasm'] as const;

export const STANDARD: Settings = {
  targets: ['node', 'wasm'],
  opset: [13, 26],
  tolerance: {},
  largestTolerance: 1e-2,
  largestWeight: 1e4,
  recall: 0.9,
  reconstruction: 1.1,
  ignore: [],
};

/** Later settings win; lists and records are replaced as wholes. */
export function resolveSettings(...given: readonly GivenSettings[]): Settings {
  return Object.assign({}, STANDARD, ...given.map(withoutAbsent)) as Settings;
}

function withoutAbsent(given: GivenSettings): GivenSettings {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/**
 * Settings given by a program or a command line, checked.
 *
 * @throws ArgumentError for the first that is none
 */
export function checkSettings(given: Readonly<Record<string, unknown>>): GivenSettings {
  checkOptions(given);
  const present = Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined),
  );
  const { success, issues, output } = v.safeParse(SettingsSchema, present);
  if (success) return output;
  const [issue] = issues;
  // Of a list the setting is named: where in it the fault is, what was received says.
  const name = v.getDotPath(issue)?.split('.')[0] ?? 'settings';
  throw new ArgumentError(name, expectedOf(issue), issue.input);
}

export type SettingIssue = Pick<v.BaseIssue<unknown>, 'type' | 'expected' | 'message' | 'received'>;

/** What a setting may be; of choices the parser gives a type: ("node" | "wasm"). */
export function expectedOf({ type, expected, message }: SettingIssue): string {
  if (type !== 'picklist' || expected === null) return expected ?? message;
  return `one of ${expected.replaceAll(/[()"]/g, '').replaceAll(' | ', ', ')}`;
}
