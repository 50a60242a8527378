/**
 * Runs graphs in onnxruntime-web's WebAssembly for the process that started this one: a crash of the
 * runtime, or one bad model after which it is of no use, then harms nobody else.
 */
import * as ort from 'onnxruntime-web';

const sessions = new Map();
let opened = 0;

const infos = (metadata) =>
  metadata.map(({ name, type, shape }) => ({ name, dtype: type, shape: shape ?? [] }));

const jobs = {
  async open({ bytes }) {
    const session = await ort.InferenceSession.create(bytes, { executionProviders: ['wasm'] });
    opened += 1;
    sessions.set(opened, session);
    const { inputMetadata, outputMetadata } = session;
    return { handle: opened, inputs: infos(inputMetadata), outputs: infos(outputMetadata) };
  },
  async run({ handle, feeds }) {
    const given = Object.entries(feeds).map(([name, { dtype, data, dims }]) => [
      name,
      new ort.Tensor(dtype, data, dims),
    ]);
    const outputs = await sessions.get(handle).run(Object.fromEntries(given));
    const results = Object.entries(outputs).map(([name, { type, data, dims }]) => [
      name,
      { dtype: type, data, dims },
    ]);
    return Object.fromEntries(results);
  },
  async close({ handle }) {
    await sessions.get(handle)?.release();
    sessions.delete(handle);
    return {};
  },
};

process.on('message', async ({ id, job, ...given }) => {
  try {
    process.send({ id, result: await jobs[job](given) });
  } catch (error) {
    process.send({ id, error: String(error?.message ?? error) });
  }
});
process.on('disconnect', () => process.exit());
