import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { BatchReport } from '../batching/batcher.ts';
import type { ServedGraph } from '../models/served-graph.ts';
import type { AnswerReport } from './answer-report.ts';

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const ROWS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];

/** What a server counts, in the form that Prometheus reads. Labels are the names of served models alone. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #registers = [this.#registry];
  readonly #requests = new Counter({
    name: 'latentkit_requests_total',
    help: 'Inference requests that were answered, by model and HTTP status.',
    labelNames: ['model', 'status'],
    registers: this.#registers,
  });
  readonly #seconds = new Histogram({
    name: 'latentkit_request_seconds',
    help: 'Seconds from the last byte of an inference request to its answer, waiting included.',
    labelNames: ['model'],
    buckets: SECONDS,
    registers: this.#registers,
  });
  readonly #rows = new Histogram({
    name: 'latentkit_batch_rows',
    help: 'Rows of the batches that were run.',
    labelNames: ['model'],
    buckets: ROWS,
    registers: this.#registers,
  });
  readonly #runSeconds = new Histogram({
    name: 'latentkit_run_seconds',
    help: 'Seconds that batches took to run.',
    labelNames: ['model'],
    buckets: SECONDS,
    registers: this.#registers,
  });

  /** Also counts the requests that wait, whenever it is asked. */
  watch(graphs: ReadonlyMap<string, ServedGraph>): void {
    new Gauge({
      name: 'latentkit_queue_requests',
      help: 'Inference requests that wait for their batch.',
      labelNames: ['model'],
      registers: this.#registers,
      collect() {
        for (const [model, { batcher }] of graphs) this.set({ model }, batcher.queued);
      },
    });
  }

  answered({ model, status, seconds }: AnswerReport): void {
    this.#requests.inc({ model, status: String(status) });
    this.#seconds.observe({ model }, seconds);
  }

  ran(model: string, { rows, seconds }: BatchReport): void {
    this.#rows.observe({ model }, rows);
    this.#runSeconds.observe({ model }, seconds);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }
}
