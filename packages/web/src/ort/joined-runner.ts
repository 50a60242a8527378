import {
  type GraphLink,
  type GraphRunner,
  LatentkitError,
  type NamedTensors,
  sizeOf,
  type Tensor,
  type TensorInfo,
  tensor,
} from '@latentkit/core';
import type { Tensor as OrtTensor } from 'onnxruntime-web/wasm';
import { addOnGpu } from '../gpu/add.ts';
import type { Opened } from '../gpu/session.ts';
import { GPU_USAGE, MAP_FOR_READING } from '../gpu/usage.ts';
import type { GpuGraph, Ort } from './builds.ts';
import { toOrt } from './ort-tensor.ts';

/**
 * Two graphs in one run on the GPU: what the first gives stays there, is moved there, and feeds the second; the
 * outputs of the second are read back together.
 *
 * @param exclusive runs work while no other session runs, see `Runtime`
 * @returns undefined where the sizes of what would stay are not known beforehand, or are no floats
 */
export function joinOnGpu(
  ort: Ort,
  first: GpuGraph,
  second: GpuGraph,
  link: GraphLink,
  exclusive: <T>(work: () => Promise<T>) => Promise<T>,
): GraphRunner | undefined {
  const given = first.outputs.find(({ name }) => name === link.output);
  const taken = second.inputs.find(({ name }) => name === link.input);
  const between = given && itemOf(given);
  const fed = taken && itemOf(taken);
  const results = second.outputs.map((info) => [info.name, itemOf(info)] as const);
  if (!between || !fed || sizeOf(between) !== sizeOf(fed)) return undefined;
  if (!results.every((result): result is [string, number[]] => result[1] !== undefined)) {
    return undefined;
  }
  const others = second.inputs.filter((input) => input !== taken);
  const work = async (a: Opened, b: Opened, feeds: NamedTensors): Promise<NamedTensors> => {
    const device = a.gpu?.device;
    // One of the two has a new device already, after a loss.
    if (!device || a.gpu !== b.gpu) throw new LatentkitError('runtime', 'the GPU device changed');
    const rows = Object.values(feeds)[0]?.dims[0] ?? 1;
    const buffers: GPUBuffer[] = [];
    const onGpu = (dims: readonly number[]) => {
      // ONNX Runtime's kernels read and write 16 bytes at a time.
      const size = 16 * Math.ceil(sizeOf(dims) / 4);
      const usage = GPU_USAGE.storage | GPU_USAGE.copySource | GPU_USAGE.copyTarget;
      const buffer = device.createBuffer({ size, usage });
      buffers.push(buffer);
      return buffer;
    };
    const as = (buffer: GPUBuffer, dims: readonly number[]) =>
      ort.Tensor.fromGpuBuffer(buffer as never, { dataType: 'float32', dims }) as OrtTensor;
    const of = (infos: readonly TensorInfo[]) =>
      Object.fromEntries(infos.map(({ name }) => [name, toOrt(ort, feeds[name] as Tensor)]));
    try {
      const z = onGpu([rows, ...between]);
      await a.session.run(of(first.inputs), { [link.output]: as(z, [rows, ...between]) });
      const offset = feeds[link.offset];
      if (offset) addOnGpu(device, z, offset.data as Float32Array);
      const made = results.map(([name, item]) => {
        const dims = [rows, ...item];
        return { name, dims, buffer: onGpu(dims) };
      });
      await b.session.run(
        { [link.input]: as(z, [rows, ...fed]), ...of(others) },
        Object.fromEntries(made.map(({ name, dims, buffer }) => [name, as(buffer, dims)])),
      );
      return await readBack(device, made);
    } finally {
      for (const buffer of buffers) buffer.destroy();
    }
  };
  return {
    device: 'webgpu',
    inputs: [...first.inputs, ...others.filter(({ name }) => !isIn(first.inputs, name))],
    outputs: second.outputs,
    run: (feeds) =>
      exclusive(() => first.session.use((a) => second.session.use((b) => work(a, b, feeds)))),
    dispose: async () => {},
  };
}

/** The dims of a row, of floats and known. */
function itemOf({ dtype, shape }: TensorInfo): readonly number[] | undefined {
  const [, ...item] = shape;
  const known = item.every((dim): dim is number => typeof dim === 'number' && dim > 0);
  return known && dtype === 'float32' ? item : undefined;
}

function isIn(infos: readonly TensorInfo[], name: string): boolean {
  return infos.some((info) => info.name === name);
}

/** Brings several buffers of floats to the processor at once: each way back waits for the GPU. */
async function readBack(
  device: GPUDevice,
  made: readonly { name: string; dims: readonly number[]; buffer: GPUBuffer }[],
): Promise<NamedTensors> {
  const sizes = made.map(({ dims }) => 4 * sizeOf(dims));
  const size = sizes.reduce((sum, bytes) => sum + bytes, 0);
  const usage = GPU_USAGE.mapRead | GPU_USAGE.copyTarget;
  const staging = device.createBuffer({ size, usage });
  try {
    const commands = device.createCommandEncoder();
    let at = 0;
    for (const [i, { buffer }] of made.entries()) {
      commands.copyBufferToBuffer(buffer, 0, staging, at, sizes[i] as number);
      at += sizes[i] as number;
    }
    device.queue.submit([commands.finish()]);
    await staging.mapAsync(MAP_FOR_READING);
    const values = new Float32Array(staging.getMappedRange().slice(0));
    let from = 0;
    return Object.fromEntries(
      made.map(({ name, dims }) => {
        const to = from + sizeOf(dims);
        const data = values.subarray(from, to);
        from = to;
        return [name, tensor(data, dims)];
      }),
    );
  } finally {
    staging.destroy();
  }
}
