/**
 * The doors whose functions are tried, by the test that tries them (they need much memory together), and those
 * that are not, each with its reason. Every door of every package is in one of the lists.
 */
export const TRIED = {
  runtimes: {
    '@latentkit/core': () => require('@latentkit/core'),
    '@latentkit/core/runtime': () => require('@latentkit/core/runtime'),
    '@latentkit/core/testing': () => require('@latentkit/core/testing'),
    '@latentkit/node': () => require('@latentkit/node'),
    '@latentkit/web': () => require('@latentkit/web'),
    '@latentkit/web/wasm': () => require('@latentkit/web/wasm'),
    '@latentkit/web/webgpu': () => require('@latentkit/web/webgpu'),
    '@latentkit/data': () => require('@latentkit/data'),
    '@latentkit/data/options': () => require('@latentkit/data/options'),
    '@latentkit/explorer': () => require('@latentkit/explorer'),
    '@latentkit/explorer/format': () => require('@latentkit/explorer/format'),
    '@latentkit/queue': () => require('@latentkit/queue'),
    '@latentkit/serve': () => require('@latentkit/serve'),
    '@latentkit/stores': () => require('@latentkit/stores'),
  },
  exporters: {
    '@latentkit/onnx': () => require('@latentkit/onnx'),
    '@latentkit/onnx/node': () => require('@latentkit/onnx/node'),
    '@latentkit/onnx/passes': () => require('@latentkit/onnx/passes'),
    '@latentkit/tfjs-to-onnx': () => require('@latentkit/tfjs-to-onnx'),
  },
  training: {
    '@latentkit/training': () => require('@latentkit/training'),
    '@latentkit/training/browser': () => require('@latentkit/training/browser'),
    '@latentkit/training/for-bench': () => require('@latentkit/training/for-bench'),
    '@latentkit/training/settings': () => require('@latentkit/training/settings'),
    '@latentkit/check': () => require('@latentkit/check'),
    latentkit: () => require('latentkit'),
  },
} as const satisfies Record<string, Record<string, () => object>>;

const PRIVATE = 'not published: our packages call it, whose compiler sees what it is given';

export const ASIDE: Readonly<Record<string, string>> = {
  '@latentkit/oip': PRIVATE,
  '@latentkit/oip/is-served': PRIVATE,
  '@latentkit/system': PRIVATE,
  '@latentkit/system/ort': PRIVATE,
  '@latentkit/system/chromium': PRIVATE,
  '@latentkit/system/wasm': PRIVATE,
  '@latentkit/system/damages-for-tests': PRIVATE,
  '@latentkit/system/for-tests': PRIVATE,
  '@latentkit/system/ort-for-tests': PRIVATE,
};
