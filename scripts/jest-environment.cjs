'use strict';
/**
 * Jest runs each test file in a realm of its own, whose typed arrays are not the ones that native
 * addons (onnxruntime-node, tfjs-node, sharp) check for with instanceof. Handing the outer
 * constructors to the inner realm makes both sides agree.
 */
// Native code reads the environment of the process, of which a test's process.env is a copy.
process.env.ORT_DISABLE_TELEMETRY = '1';

const { TestEnvironment } = require('jest-environment-node');

const SHARED = [
  'ArrayBuffer',
  'SharedArrayBuffer',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int8Array',
  'Uint16Array',
  'Int16Array',
  'Uint32Array',
  'Int32Array',
  'Float32Array',
  'Float64Array',
  'BigInt64Array',
  'BigUint64Array',
  'DataView',
  'Error',
  'TypeError',
  'RangeError',
];

module.exports = class extends TestEnvironment {
  async setup() {
    await super.setup();
    for (const name of SHARED) this.global[name] = globalThis[name];
  }
};
