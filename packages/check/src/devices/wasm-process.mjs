/**
 * Runs graphs in onnxruntime-web's WebAssembly for the process that started this one: a crash of the
 * runtime, or one bad model after which it is of no use, then harms nobody else.
 */
import * as ort from 'onnxruntime-web';
import { graphJobs } from './graph-jobs.mjs';

const jobs = graphJobs(ort);

process.on('message', async ({ id, job, ...given }) => {
  try {
    process.send({ id, result: await jobs[job](given) });
  } catch (error) {
    process.send({ id, error: String(error?.message ?? error) });
  }
});
process.on('disconnect', () => process.exit());
