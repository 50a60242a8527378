/**
 * Runs graphs in onnxruntime-web on a page, for the process that opened it (browser-host.ts). Numbers come and go as
 * the base64 of their bytes; an import map of the page says which build of the runtime it is.
 */
import * as ort from 'onnxruntime-web';
import { graphJobs } from './graph-jobs.mjs';

ort.env.wasm.wasmPaths = '/ort/';

const jobs = graphJobs(ort);
const ARRAYS = {
  float32: Float32Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  int8: Int8Array,
  bool: Uint8Array,
  float64: Float64Array,
  float16: Uint16Array,
};

/** Characters at a time: a call takes only so many arguments. */
const PIECE = 2 ** 15;

function toBase64({ buffer, byteOffset, byteLength }) {
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  let text = '';
  for (let i = 0; i < bytes.length; i += PIECE) {
    text += String.fromCharCode(...bytes.subarray(i, i + PIECE));
  }
  return btoa(text);
}

function fromBase64(text, dtype) {
  const { buffer } = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  return new ARRAYS[dtype](buffer);
}

const withData = (tensors, change) =>
  Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [
      name,
      { ...tensor, data: change(tensor.data, tensor.dtype) },
    ]),
  );

const asked = {
  async has({ provider }) {
    return provider === 'wasm' || Boolean(await navigator.gpu?.requestAdapter());
  },
  async open({ graph, provider }) {
    const bytes = new Uint8Array(await (await fetch(graph)).arrayBuffer());
    return jobs.open({ bytes, provider });
  },
  async run({ handle, feeds }) {
    return withData(await jobs.run({ handle, feeds: withData(feeds, fromBase64) }), toBase64);
  },
  close: jobs.close,
};

/** Does what is asked; errors come back as texts, since what else they carry does not travel. */
globalThis.ask = async (job, given) => {
  try {
    return { result: await asked[job](given) };
  } catch (error) {
    return { error: String(error?.message ?? error) };
  }
};
