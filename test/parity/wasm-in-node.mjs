/**
 * Runs graphs in onnxruntime-web's WebAssembly under Node, for the parent process. A process of its
 * own, since the runtime loads its glue code by a dynamic import, which jest's realm has not.
 */
import * as ort from 'onnxruntime-web';

process.on('message', async ({ id, bytes, feedsList }) => {
  try {
    const session = await ort.InferenceSession.create(bytes, { executionProviders: ['wasm'] });
    const results = [];
    for (const feeds of feedsList) {
      const inputs = Object.fromEntries(
        Object.entries(feeds).map(([name, { dtype, data, dims }]) => [
          name,
          new ort.Tensor(dtype, data, dims),
        ]),
      );
      const outputs = await session.run(inputs);
      results.push(
        Object.fromEntries(
          Object.entries(outputs).map(([name, { type, data, dims }]) => [
            name,
            { dtype: type, data, dims },
          ]),
        ),
      );
    }
    await session.release();
    process.send({ id, results });
  } catch (error) {
    process.send({ id, error: String(error) });
  }
});
