import { checkOptions } from '@latentkit/core/runtime';
import { createRunner } from '@latentkit/node';
import { type ChosenBackend, chooseBackend } from '../backends/choose-backend.ts';
import { checkOneOf } from '../checks.ts';
import type { Trainable } from '../families/family.ts';
import type { UpdateRule } from '../optimizers/update-rule.ts';
import { type BackendName, ENGINE_NAMES, type EngineName } from '../settings/choices.ts';
import type { Engine } from './engine.ts';
import { createOnnxEngine } from './onnx/onnx-engine.ts';
import { openCompiled } from './open-compiled.ts';
import { createTfjsEngine } from './tfjs.ts';

export interface WantedEngine {
  readonly engine: EngineName | 'auto';
  /** tfjs's backend; naming one asks for the tfjs engine. */
  readonly backend: BackendName | 'auto';
  /** Whether it is that of a run that is resumed, and nobody asked for it. */
  readonly ofRun?: boolean | undefined;
}

/** What runs the steps, and how that came about. */
export interface ChosenEngine {
  readonly name: EngineName;
  /** tfjs's backend, where tfjs runs the steps. */
  readonly backend?: BackendName;
  /** Why this one, in words for the user. */
  readonly reason: string;
  /** What would have been better but cannot be used here, and why. */
  readonly passedOver: readonly { readonly name: string; readonly reason: string }[];
}

export interface StepOptions {
  /** Items of the batches that most steps will have. */
  readonly batchSize: number;
  readonly rule: UpdateRule;
  /** Longest gradient, over all weights together, that is taken as it is; no limit by default. */
  readonly clipNorm?: number | undefined;
  /** Processor threads of the compiled step; one for each core by default. */
  readonly threads?: number | undefined;
}

/** Makes an engine for a model, which is built on tfjs's backend of the moment. */
export type CreateEngine = (model: Trainable, options: StepOptions) => Promise<Engine>;

/**
 * Chooses what runs the steps: `onnx` (the step compiled for ONNX Runtime, as fast as native
 * TensorFlow or faster, from the npm install alone) unless ONNX Runtime cannot be loaded or tfjs was
 * asked for. Sets tfjs's backend either way: models are built, and traced, on it.
 *
 * @param trial a step of what is to be trained, tried on a backend of tfjs before it is chosen: not every backend has
 *   every kernel. It throws with a reason where the step cannot be taken; none by default
 * @throws ArgumentError; LatentkitError `missing-dependency` if what was asked for cannot be used
 */
export async function chooseEngine(
  wanted: WantedEngine,
  trial?: () => Promise<void>,
): Promise<{ readonly chosen: ChosenEngine; readonly create: CreateEngine }> {
  checkOptions(wanted, "{ engine: 'auto', backend: 'auto' }");
  const { engine, backend, ofRun } = wanted;
  checkOneOf('engine', [...ENGINE_NAMES, 'auto'], engine);
  const passedOver: { name: string; reason: string }[] = [];
  if (engine === 'onnx' || (engine === 'auto' && backend === 'auto')) {
    try {
      await probe();
      // Tracing runs each operation a few times on two or three items: any backend that has them all will do.
      await chooseBackend('cpu');
      const reason =
        engine === 'onnx'
          ? `${ofRun ? 'as the run began' : 'asked for'} (the step compiled for ONNX Runtime)`
          : 'the fastest engine: the step compiled for ONNX Runtime';
      return { chosen: { name: 'onnx', reason, passedOver }, create: createCompiled };
    } catch (error) {
      if (engine === 'onnx') throw error;
      passedOver.push({ name: 'onnx', reason: (error as Error).message });
    }
  }
  const tfjs: ChosenBackend = await chooseBackend(backend, trial);
  return {
    chosen: {
      name: 'tfjs',
      backend: tfjs.name,
      reason: ofRun ? 'as the run began' : tfjs.reason,
      passedOver: [...passedOver, ...tfjs.passedOver],
    },
    create: async (model, { rule, clipNorm }) =>
      createTfjsEngine(`tfjs (${tfjs.name})`, model, { rule, clipNorm }),
  };
}

/** How an engine is called in logs and on cards: `onnx`, `tfjs (wasm)`. */
export function engineLabel(engine: EngineName, backend: BackendName | undefined): string {
  return backend === undefined ? engine : `${engine} (${backend})`;
}

const createCompiled: CreateEngine = (model, { threads, ...options }) =>
  createOnnxEngine('onnx', model, {
    ...options,
    open: openCompiled(threads),
  });

/** The smallest graph there is, Identity of a scalar: whether ONNX Runtime's native library loads. */
async function probe(): Promise<void> {
  const { GraphBuilder, writeModel } = await import('@latentkit/onnx');
  const graph = new GraphBuilder('probe');
  const x = graph.input('x', 'float32', []);
  graph.output(graph.node('Identity', [x]), 'float32', []);
  const runner = await createRunner(writeModel(graph.build()));
  await runner.dispose();
}
