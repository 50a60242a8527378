import type { FileCard, Precision } from '../card/card.ts';
import { checkMethod, checkObject } from '../errors/check.ts';
import { type DeviceAttempt, DeviceError, LatentkitError } from '../errors/index.ts';
import { distanceOf } from '../golden/distance.ts';
import type { Golden, GoldenGraph } from '../golden/golden.ts';
import { isAccelerator, sharedIndices, toleranceOf } from '../golden/tolerance.ts';
import { sliceRows } from '../run/rows.ts';
import type { GraphRunner, NamedTensors } from '../run/runner.ts';
import { sizeOf } from '../tensor.ts';

/** Bytes of golden rows, all graphs together, that a device is tried on: some milliseconds, and a short message to a worker. */
const BYTES = 50_000;

/** What a device is tried on before it is trusted. Plain data: it is also posted to workers. */
export interface SelfTest {
  /** Processors are tried as well as accelerators. */
  readonly everywhere: boolean;
  readonly precision: Precision;
  /** Of the card. */
  readonly tolerance: Readonly<Record<string, number>>;
  /** Some rows of the golden values; or why there are none. */
  readonly rows: Golden['graphs'] | string;
}

/** A self-test whose values are read when a device asks for them. */
export interface SelfTestPlan extends Pick<SelfTest, 'everywhere'> {
  read(): Promise<SelfTest>;
}

export interface PlanOptions extends Omit<SelfTest, 'rows' | 'everywhere'> {
  /** True asks for it on every device; undefined for accelerators, and in precisions that round. */
  readonly asked: true | undefined;
  readonly golden: FileCard | undefined;
  /** Graphs that are opened. */
  readonly graphs: readonly string[];
  read(golden: FileCard): Promise<Golden>;
}

/** When golden rows are read, and which. */
export function planSelfTest({ asked, golden, read, graphs, ...known }: PlanOptions): SelfTestPlan {
  const everywhere = asked ?? known.precision !== 'fp32';
  const rowsOf = async (): Promise<SelfTest['rows']> => {
    if (!golden) return 'the card names no golden values';
    try {
      return someRows(await read(golden), graphs);
    } catch (error) {
      const mayGoOn = asked === undefined && LatentkitError.isInstance(error);
      if (!mayGoOn || error.code === 'aborted') throw error;
      return error.message;
    }
  };
  let values: Promise<SelfTest> | undefined;
  return {
    everywhere,
    read: () => {
      values ??= rowsOf().then((rows) => ({ ...known, everywhere, rows }));
      return values;
    },
  };
}

/** The plan of a thread that was sent the values. */
export function readSelfTest(test: SelfTest): SelfTestPlan {
  checkObject('test', test);
  return { everywhere: test.everywhere, read: async () => test };
}

/**
 * Runs golden rows on a device and compares what comes out with what the trainer recorded.
 *
 * @returns what the report of the device says of it; nothing where the device need not be tried
 * @throws DeviceError with the largest error, of a device that computes wrongly or fails
 */
export async function trust(
  device: string,
  runners: Readonly<Record<string, GraphRunner>>,
  plan: SelfTestPlan | undefined,
): Promise<string> {
  if (plan) checkMethod('plan', plan, 'read');
  if (!plan || !(plan.everywhere || isAccelerator(device))) return '';
  const { rows, tolerance, precision } = await plan.read();
  if (typeof rows === 'string') return `; not tested: ${rows}`;
  const limit = toleranceOf(tolerance, device, precision);
  let largest = 0;
  for (const [graph, runner] of Object.entries(runners)) {
    const { inputs, outputs } = rows[graph as keyof typeof rows] ?? {};
    if (!inputs || !outputs) continue;
    let received: NamedTensors;
    try {
      received = await runner.run(inputs, { wanted: Object.keys(outputs) });
    } catch (cause) {
      throw distrust(device, `fails on golden values: ${(cause as Error).message}`, { cause });
    }
    for (const [name, expected] of Object.entries(outputs)) {
      const { scaled, row } = distanceOf(received[name], expected);
      const most = expected.dtype === 'float32' ? limit : sharedIndices(device, precision);
      // NaN, of a number that is none or a tensor of another size, is within no limit.
      if (!(scaled <= most)) {
        const what = `computes wrongly: golden value '${name}' of the ${graph} is off by ${short(scaled)} (row ${row}), at most ${short(most)} was expected`;
        throw distrust(device, what, { error: scaled });
      }
      if (expected.dtype === 'float32') largest = Math.max(largest, scaled);
    }
  }
  return `; computes the golden values to ${short(largest)}`;
}

function distrust(
  device: string,
  reason: string,
  { error, cause }: { readonly error?: number; readonly cause?: unknown },
): DeviceError {
  const attempt: DeviceAttempt = {
    device,
    ok: false,
    reason,
    remedy: `Update the driver or runtime of ${device}, or choose another device; selfTest: false takes it as it is.`,
    ...(error === undefined ? {} : { error }),
  };
  return new DeviceError(`${device} cannot be trusted with the model.`, [attempt], { cause });
}

/** The first rows of the golden values of these graphs, {@link BYTES} of them, and one of each at least. */
function someRows({ graphs }: Golden, names: readonly string[]): Golden['graphs'] {
  const known = Object.entries(graphs).filter(([name]) => names.includes(name));
  const share = BYTES / known.length;
  return Object.fromEntries(known.map(([name, graph]) => [name, firstRows(graph, share)]));
}

function firstRows({ inputs, outputs }: GoldenGraph, bytes: number): GoldenGraph {
  const all = [...Object.values(inputs), ...Object.values(outputs)];
  const rows = Object.values(inputs)[0]?.dims[0] ?? 0;
  const rowBytes = all.reduce(
    (sum, { data, dims }) => sum + (data.BYTES_PER_ELEMENT * sizeOf(dims)) / Math.max(1, rows),
    0,
  );
  const count = Math.min(rows, Math.max(1, Math.floor(bytes / rowBytes)));
  const first = (tensors: NamedTensors): NamedTensors =>
    Object.fromEntries(
      Object.entries(tensors).map(([name, tensor]) => {
        // What has no row for each item (a temperature) goes into a run whole.
        if (tensor.dims[0] !== rows) return [name, tensor];
        const part = sliceRows({ tensor }, 0, count)['tensor'];
        // A copy: the rows are posted, and what is kept of the file is let go.
        return [name, part && { ...part, data: part.data.slice() }];
      }),
    ) as NamedTensors;
  return { inputs: first(inputs), outputs: first(outputs) };
}

const short = (value: number) => (Number.isNaN(value) ? 'no number' : value.toPrecision(2));
