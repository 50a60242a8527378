import { lazyBuilds } from '../ort/lazy-builds.ts';
import { runWorker } from './run-worker.ts';

runWorker(lazyBuilds);
