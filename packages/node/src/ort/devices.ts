import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { loadOrt, nativeFolder } from './load-ort.ts';

/** Where a graph can run, by the names of ONNX Runtime's execution providers. */
export const DEVICES = ['cpu', 'cuda', 'tensorrt', 'webgpu', 'directml', 'coreml'] as const;

export type Device = (typeof DEVICES)[number];

/** A device, several in order of preference, or `'auto'`. */
export type DeviceOption = Device | 'auto' | readonly Device[];

/** ONNX Runtime's own name of the device. */
export function providerOf(device: string): string {
  return device === 'directml' ? 'dml' : device;
}

/** The shared library that onnxruntime-node loads for a provider that is not within its main one. */
const LIBRARIES: Partial<Record<Device, { win32: string; other: string }>> = {
  cuda: { win32: 'onnxruntime_providers_cuda.dll', other: 'libonnxruntime_providers_cuda.so' },
  tensorrt: {
    win32: 'onnxruntime_providers_tensorrt.dll',
    other: 'libonnxruntime_providers_tensorrt.so',
  },
};

/**
 * Why the installed onnxruntime-node does not have a device, or undefined if it may. Found out
 * without asking ONNX Runtime to try: its native code would print to stderr.
 */
export async function missingSupport(device: Device): Promise<string | undefined> {
  const ort = await loadOrt();
  const provider = providerOf(device);
  if (!ort.listSupportedBackends().some(({ name }) => name === provider)) {
    return `onnxruntime-node for ${process.platform}-${process.arch} is built without ${device}`;
  }
  const library = LIBRARIES[device]?.[process.platform === 'win32' ? 'win32' : 'other'];
  if (library && !(await exists(join(nativeFolder(), library)))) {
    return `${library} is not installed beside onnxruntime-node`;
  }
  return undefined;
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

const REMEDIES: Readonly<Record<Device, string>> = {
  cpu: 'Check that the model is an ONNX file that ONNX Runtime 1.30 reads (opset 7 to 26): npx onnx-check FILE, from @latentkit/onnx, says what is wrong with it.',
  cuda: "Install ONNX Runtime's CUDA libraries: ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node --ignore-scripts=false (linux-x64; needs an NVIDIA driver, CUDA 12 and cuDNN 9).",
  tensorrt:
    "Install ONNX Runtime's CUDA and TensorRT libraries: ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node --ignore-scripts=false (linux-x64; needs CUDA 12, cuDNN 9 and TensorRT 10).",
  webgpu:
    "Install the GPU's Vulkan driver and the Vulkan loader (Debian: apt install libvulkan1), and check with vulkaninfo.",
  directml: 'DirectML is part of onnxruntime-node on Windows only: choose another device here.',
  coreml: 'Core ML is part of onnxruntime-node on macOS only: choose another device here.',
};

export function remedyFor(device: Device): string {
  return REMEDIES[device];
}
