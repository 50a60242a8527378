import { engine, type Tensor, type Variable } from '@tensorflow/tfjs-core';
import { ExportError } from '../error.ts';
import { restore } from './restore.ts';

/** The engine's methods that a recording listens to; the public type leaves some of them out. */
interface Listenable {
  runKernel(
    name: string,
    inputs: Record<string, Tensor> | Tensor[],
    attrs?: Record<string, unknown>,
  ): Tensor | Tensor[];
  makeTensor(...args: unknown[]): Tensor;
  readSync(dataId: object): unknown;
  read(dataId: object): unknown;
  keep(tensor: Tensor): Tensor;
  state: {
    registeredVariables: Record<string, Variable>;
    kernelDepth: number;
    gradientDepth: number;
  };
}

export type EngineInputs = Readonly<Record<string, Tensor>> | readonly Tensor[];

/** What a listener is told. */
export interface EngineListener {
  /** A kernel is called; `run` calls it. */
  kernel(
    name: string,
    inputs: EngineInputs,
    attrs: Record<string, unknown>,
    run: () => Tensor | Tensor[],
  ): Tensor | Tensor[];
  /** A tensor was made out of values. */
  made(tensor: Tensor): void;
  /** The values of a tensor are read. */
  read(dataId: object): void;
}

/** tfjs's engine while it is listened to. */
export interface ListenedEngine {
  /** Whether a gradient tape is recording. */
  readonly inGradient: boolean;
  /** A tensor that shares the data, made unseen by the listener and by a gradient tape. */
  keepCopy(tensor: Tensor): Tensor;
  /** Gives the engine its own methods back. */
  restore(): void;
}

/**
 * Moves data that another backend holds to the current one. tfjs would do so when a kernel looks for it, but
 * the wasm backend (4.22) takes hold of its memory before it looks, and the move may make the memory grow.
 */
function moveToCurrent(inputs: readonly (Tensor | readonly Tensor[] | null | undefined)[]): void {
  const { backend } = engine();
  for (const tensor of inputs.flat()) {
    if (tensor == null || backend.refCount(tensor.dataId) > 0) continue;
    if (tensor.isDisposed) throw disposed(tensor);
    engine().moveData(backend, tensor.dataId);
  }
}

/** tfjs speaks of its own tables then. */
function disposed({ shape, dtype }: Tensor): ExportError {
  return new ExportError(
    'invalid-argument',
    `The function uses or returns a ${dtype} tensor of shape [${shape.join(', ')}] that has been disposed of. Keep it until it is returned: a tf.tidy keeps what it returns.`,
  );
}

/** The variables that tfjs knows. */
export const registeredVariables = (): Variable[] =>
  Object.values((engine() as unknown as Listenable).state.registeredVariables);

/**
 * Listens to tfjs's engine. All ops, fused ones and gradients included, pass through its `runKernel`, and
 * so do the kernels that a backend calls inside of another kernel.
 */
export function listen(listener: EngineListener): ListenedEngine {
  const target = engine() as unknown as Listenable;
  const { runKernel, makeTensor, readSync, read } = target;
  const own = ['runKernel', 'makeTensor', 'readSync', 'read'].map(
    (key) => [key, Object.getOwnPropertyDescriptor(target, key)] as const,
  );
  target.runKernel = (name, inputs, attrs) =>
    listener.kernel(name, inputs, attrs ?? {}, () => {
      moveToCurrent(Object.values(inputs));
      return runKernel.call(target, name, inputs, attrs);
    });
  target.makeTensor = (...args) => {
    const tensor = makeTensor.apply(target, args);
    listener.made(tensor);
    return tensor;
  };
  target.readSync = (dataId) => {
    listener.read(dataId);
    return readSync.call(target, dataId);
  };
  target.read = (dataId) => {
    listener.read(dataId);
    return read.call(target, dataId);
  };
  return {
    get inGradient() {
      return target.state.gradientDepth > 0;
    },
    keepCopy(tensor) {
      target.state.kernelDepth++;
      try {
        moveToCurrent([tensor]);
        return target.keep(runKernel.call(target, 'Identity', { x: tensor }) as Tensor);
      } finally {
        target.state.kernelDepth--;
      }
    },
    restore() {
      for (const [key, descriptor] of own) restore(target, key, descriptor);
    },
  };
}
