/**
 * What is asked of onnxruntime-web, in a process or on a page of its own: to open a graph, to run it, and to let it go.
 *
 * @param ort onnxruntime-web, in whatever build
 */
export function graphJobs(ort) {
  const sessions = new Map();
  let opened = 0;

  const infos = (metadata) =>
    metadata.map(({ name, type, shape }) => ({ name, dtype: type, shape: shape ?? [] }));

  return {
    async open({ bytes, provider = 'wasm' }) {
      const session = await ort.InferenceSession.create(bytes, { executionProviders: [provider] });
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
}
