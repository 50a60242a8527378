import type { Check } from '../finding.ts';
import { chromium } from './chromium.ts';
import { cpu, gpus } from './devices.ts';
import { cache, temporaryFolder, workingFolder } from './folders.ts';
import { machine } from './machine.ts';
import { nativeTensorFlow } from './native-tensorflow.ts';
import { onnxRuntime } from './onnx-runtime.ts';
import { peers } from './peers.ts';
import { pictures } from './pictures.ts';
import { webAssembly } from './web-assembly.ts';

/** All that `latentkit doctor` looks at, in its order. */
export const CHECKS: readonly Check[] = [
  machine,
  onnxRuntime,
  cpu,
  ...gpus,
  webAssembly,
  nativeTensorFlow,
  pictures,
  cache,
  temporaryFolder,
  workingFolder,
  chromium,
  ...peers,
];
