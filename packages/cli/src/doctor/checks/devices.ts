import type { Device } from '@latentkit/node';
import { findGpu } from '@latentkit/system';
import { type Check, type Finding, findingOf, type Health } from '../finding.ts';

/** Software that stands in for a GPU compiles its shaders for a minute. */
const GPU_LIMIT = 90_000;

/** The processor, on which every model runs: a whole embed from files in memory. */
export const cpu: Check = { name: 'a tiny embed', vital: true, run: () => embedOn('cpu', 'fault') };

/** What may be faster, where the machine has it. */
export const gpus: readonly Check[] = [
  gpuCheck('CUDA', 'cuda', 'linux', ({ nvidia }) => nvidia),
  gpuCheck('DirectML', 'directml', 'win32'),
  gpuCheck('Core ML', 'coreml', 'darwin'),
  gpuCheck('WebGPU', 'webgpu', undefined),
].flat();

/** @param platform the only one on which onnxruntime-node has the device; any where undefined */
function gpuCheck(
  name: string,
  device: Device,
  platform: NodeJS.Platform | undefined,
  isFor: (signs: Awaited<ReturnType<typeof findGpu>>) => boolean = ({ any }) => any,
): Check[] {
  if (platform !== undefined && platform !== process.platform) return [];
  return [
    {
      name,
      limit: GPU_LIMIT,
      vital: false,
      async run() {
        if (isFor(await findGpu())) return embedOn(device, 'warning');
        return {
          health: 'ok',
          says: 'nothing for it in this machine: models run on the processor',
        };
      },
    },
  ];
}

/** @param otherwise how bad it is if the device does not do it */
async function embedOn(device: Device, otherwise: Health): Promise<Finding> {
  const [{ loadEncoder }, { identityModel }] = await Promise.all([
    import('@latentkit/node'),
    import('../identity-model.ts'),
  ]);
  const item = Float32Array.of(0, 0.25, 0.5, 1);
  try {
    const started = performance.now();
    await using encoder = await loadEncoder(identityModel(), { device, strict: true });
    const { data } = await encoder.embed(item);
    const milliseconds = Math.round(performance.now() - started);
    if (data.length === item.length && data.every((value, i) => value === item[i])) {
      return { health: 'ok', says: `runs on ${device}, loaded and run in ${milliseconds} ms` };
    }
    return {
      health: otherwise,
      says: `${device} computes wrongly: ${[...data].join(', ')} instead of ${[...item].join(', ')}`,
      remedy: `Choose another device (--device), and update the driver of this one.`,
    };
  } catch (error) {
    return findingOf(otherwise, error);
  }
}
