/** Milliseconds from the import of a runtime to the first embedding, in a fresh process. */
const [who, folder] = process.argv.slice(2);
const items = new Float32Array(784).fill(0.5);
const start = performance.now();
if (who === 'onnxruntime-node') {
  const { readFile } = await import('node:fs/promises');
  const { InferenceSession, Tensor } = (await import('onnxruntime-node')).default;
  const session = await InferenceSession.create(await readFile(`${folder}/encoder.onnx`));
  await session.run({ x: new Tensor('float32', items, [1, 784]) });
} else {
  const { loadEncoder } = await import('@latentkit/node');
  const encoder = await loadEncoder(folder);
  await encoder.embed(items);
}
console.log(JSON.stringify({ ms: performance.now() - start }));
