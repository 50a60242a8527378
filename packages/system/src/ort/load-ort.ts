import { processOutside } from '../module/outside.ts';
import { requireHere } from '../module/require-here.ts';
import type { Ort } from './ort.ts';
import { inThisRealm } from './realm.ts';
import { switchTelemetryOff } from './telemetry.ts';

let ort: Ort | undefined;

/**
 * Loads ONNX Runtime's native library, once, after its telemetry was switched off.
 *
 * @throws Error whose message says what to do, if the library cannot be loaded; packages give it
 *   their own type (`missing-dependency`)
 */
export async function loadOrt(): Promise<Ort> {
  if (ort) return ort;
  await switchTelemetryOff();
  try {
    ort = requireOrt();
    return ort;
  } catch (cause) {
    throw new Error(explain(cause as NodeJS.ErrnoException), { cause });
  }
}

/** onnxruntime-node, for this realm: what is native in it remembers the first realm that it meets. */
export function requireOrt(): Ort {
  return inThisRealm(requireHere(processOutside())('onnxruntime-node') as Ort);
}

/** Where onnxruntime-node keeps its native libraries for this platform. */
export function nativeFolder(): string {
  const { platform, arch } = process;
  return requireHere()
    .resolve('onnxruntime-node')
    .replace(/dist[\\/]index\.js$/, `bin/napi-v6/${platform}/${arch}/`);
}

function explain({ code, message }: NodeJS.ErrnoException): string {
  const { platform, arch } = process;
  const remedies =
    code === 'MODULE_NOT_FOUND' && !message.includes('onnxruntime_binding')
      ? [
          'Install it: npm install onnxruntime-node@1.30.0 (a bundler must leave it out of the bundle: mark it as external).',
          'Where its install script fails because nuget.org cannot be reached, from which it fetches CUDA libraries: ONNXRUNTIME_NODE_INSTALL=skip npm install, or a line onnxruntime-node-install=skip in .npmrc. The CPU and WebGPU need none of them.',
        ]
      : [
          `onnxruntime-node has binaries for linux-x64, linux-arm64, darwin-arm64, win32-x64 and win32-arm64; this is ${platform}-${arch}.`,
          'On Linux the binary needs glibc 2.28 or newer (not musl: use a Debian-based image rather than Alpine).',
          'Delete node_modules and install again: the package may have been installed for another platform.',
        ];
  return [
    `The native library of ONNX Runtime cannot be loaded: ${message}`,
    'What to do:',
    ...remedies.map((remedy, index) => `  ${index + 1}. ${remedy}`),
  ].join('\n');
}
