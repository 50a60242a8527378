import { lazyBuilds } from '../ort/lazy-builds.ts';
import { runWorker } from '../worker/run-worker.ts';

runWorker(lazyBuilds);
