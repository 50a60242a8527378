import { ArgumentError } from '@latentkit/core';

/** Where a graph can run, by the names of ONNX Runtime's execution providers. */
export const DEVICES = ['cpu', 'cuda', 'tensorrt', 'webgpu', 'directml', 'coreml'] as const;

export type Device = (typeof DEVICES)[number];

/** A device, several in order of preference, or `'auto'`. */
export type DeviceOption = Device | 'auto' | readonly Device[];

/**
 * The devices of a policy, in order.
 *
 * @throws ArgumentError for a name that is not a device, or an empty list
 */
export function candidateDevices(option: DeviceOption): readonly Device[] {
  if (option === 'auto') return ['cpu'];
  const list = typeof option === 'string' ? [option] : option;
  if (!Array.isArray(list) || list.length === 0 || !list.every((name) => DEVICES.includes(name))) {
    throw new ArgumentError('device', `'auto', or one or several of ${DEVICES.join(', ')}`, option);
  }
  return list;
}

const REMEDIES: Record<Device, string> = {
  cpu: 'Check that the model is an ONNX file that ONNX Runtime 1.30 reads (opset 7 to 26): npx latentkit check.',
  cuda: "Install ONNX Runtime's CUDA libraries: ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node (linux-x64; needs an NVIDIA driver, CUDA 12 and cuDNN 9).",
  tensorrt:
    "Install ONNX Runtime's CUDA and TensorRT libraries: ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node, and TensorRT 10.",
  webgpu:
    'Install a Vulkan driver for the GPU and the Vulkan loader (Debian: apt install libvulkan1), and check with vulkaninfo.',
  directml: 'DirectML is part of onnxruntime-node on Windows only: choose another device here.',
  coreml: 'Core ML is part of onnxruntime-node on macOS only: choose another device here.',
};

export function remedyFor(device: Device): string {
  return REMEDIES[device];
}
