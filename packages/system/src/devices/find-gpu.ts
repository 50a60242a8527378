import { access, readdir } from 'node:fs/promises';

/** What the system shows of graphics processors, before any library is asked. */
export interface GpuSigns {
  /** An NVIDIA device, which CUDA may use. */
  readonly nvidia: boolean;
  /** Anything that Vulkan, Metal or Direct3D may use. */
  readonly any: boolean;
}

/** Looks for a GPU. On Linux the kernel shows one as a device file; elsewhere there may always be one. */
export async function findGpu(): Promise<GpuSigns> {
  if (process.platform !== 'linux') return { nvidia: process.platform === 'win32', any: true };
  const [nvidia, windows, nodes] = await Promise.all([
    exists('/dev/nvidia0'),
    exists('/dev/dxg'),
    readdir('/dev/dri').catch(() => []),
  ]);
  // Set where a Vulkan driver without hardware is wanted on purpose.
  const asked = Boolean(process.env['VK_DRIVER_FILES'] || process.env['VK_ICD_FILENAMES']);
  return {
    nvidia: nvidia || windows,
    any: asked || nvidia || windows || nodes.some((name) => name.startsWith('renderD')),
  };
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
