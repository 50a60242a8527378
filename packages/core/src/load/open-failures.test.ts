import { expect, test } from '@jest/globals';
import { notOpened, orNoModel } from './open-failures.ts';

const cause = new Error(' Unsupported operator\n');

test.each([
  ['cpu', 'runtime', 'ONNX Runtime cannot open the graph: Unsupported operator'],
  ['wasm', 'runtime', 'ONNX Runtime cannot open the graph: Unsupported operator'],
  ['webgpu', 'device-unavailable', 'webgpu cannot run the graph: Unsupported operator'],
  ['cuda', 'device-unavailable', 'cuda cannot run the graph: Unsupported operator'],
])('a graph that %s did not open is %s', (device, code, message) => {
  expect(notOpened(device, cause)).toMatchObject({ code, message, cause });
});

test('bytes that are no model are told, and any other failure stays what it is', () => {
  const bytes = new Uint8Array(3);
  expect(orNoModel(bytes, cause)).toBe(cause);
  const handedOver = new Uint8Array(3);
  structuredClone(handedOver, { transfer: [handedOver.buffer] });
  expect(orNoModel(handedOver, cause)).toMatchObject({
    code: 'invalid-data',
    message: expect.stringMatching(/^a Uint8Array of 0 is no ONNX model/),
  });
  for (const said of ['protobuf parsing failed', 'No graph was found', 'data pointer is null']) {
    const error = new Error(`Load model failed: ${said}.`);
    expect(orNoModel(bytes, error)).toMatchObject({
      code: 'invalid-data',
      message:
        'a Uint8Array of 3 is no ONNX model, or not all of one. Give the bytes of an .onnx file.',
      cause: error,
    });
  }
});
