import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  type Autoencoder,
  type Encoder,
  type FileCard,
  type GraphName,
  type GraphRunner,
  loadAutoencoder,
  loadEncoder,
  type ModelCard,
  type NamedTensors,
  type Precision,
  parseCard,
} from '@latentkit/node';
import { type Model, readModel } from '@latentkit/onnx';
import type { Settings } from '../config/settings.ts';
import type { CheckDevice, Devices } from '../devices/devices.ts';
import { type GoldenByGraph, goldenByGraph } from './golden.ts';
import { readBytes } from './read-bytes.ts';
import { type ModelRecord, readRecord } from './record.ts';

/** A file that the card names. */
export interface NamedFile {
  /** What it is for: `'encoder fp32'`, `'golden'`. */
  readonly role: string;
  readonly card: FileCard;
}

/** One graph in one of its precisions. */
export interface GraphFile {
  readonly graph: GraphName;
  readonly precision: Precision;
  readonly file: string;
}

/** A model that was loaded: both halves, or an encoder alone. */
export interface LoadedModel {
  readonly encoder: Encoder;
  readonly whole?: Autoencoder | undefined;
}

/** Exports a run into a folder as a model was exported: by its name, in its precisions. */
export type ExportRun = (given: {
  /** The run folder. */
  readonly runDir: string;
  /** The folder to make. */
  readonly outDir: string;
  /** The card of the model that is to come out. */
  readonly card: ModelCard;
}) => Promise<void>;

export interface CheckTools {
  readonly devices: Pick<Devices, 'open'>;
  /** Where a run of the settings lies: what it is relative to. */
  readonly cwd?: string | undefined;
  readonly exportRun?: ExportRun | undefined;
}

/** A model's folder as checks see it: everything is read, parsed, opened and run once, when it is first asked for. */
export class ModelUnderCheck {
  readonly folder: string;
  readonly settings: Settings;
  readonly #tools: CheckTools;
  readonly #once = new Map<string, Promise<unknown>>();
  readonly #disposals: (() => Promise<void>)[] = [];

  constructor(folder: string, settings: Settings, tools: CheckTools) {
    this.folder = folder;
    this.settings = settings;
    this.#tools = tools;
  }

  /** The text of `model.json`. */
  text(): Promise<string> {
    return this.#keep('text', () => readFile(join(this.folder, 'model.json'), 'utf8'));
  }

  /** @throws CardError */
  card(): Promise<ModelCard> {
    return this.#keep('card', async () => parseCard(await this.text(), 'model.json'));
  }

  bytes(file: string): Promise<Uint8Array> {
    return this.#keep(`bytes ${file}`, () => readBytes(join(this.folder, file)));
  }

  /**
   * Exports the run of the settings again.
   *
   * @returns false where there is nothing to export with
   */
  async exportAgain(outDir: string): Promise<boolean> {
    const { exportRun, cwd = process.cwd() } = this.#tools;
    const { run } = this.settings;
    if (!exportRun || run === undefined) return false;
    await exportRun({ runDir: resolve(cwd, run), outDir, card: await this.card() });
    return true;
  }

  /** Every file that the card names. */
  async files(): Promise<NamedFile[]> {
    const card = await this.card();
    const graphs = (await this.graphs()).map(({ graph, precision }) => ({
      role: `${graph} ${precision}`,
      card: card.graphs[graph]?.files[precision] as FileCard,
    }));
    const others = (['golden', 'training', 'pseudoInputs'] as const).flatMap((role) => {
      const file = card[role];
      return file ? [{ role, card: file }] : [];
    });
    return [...graphs, ...others];
  }

  /** Every graph in every precision on offer, or in one. */
  async graphs(precision?: Precision): Promise<GraphFile[]> {
    const { graphs } = await this.card();
    return Object.entries(graphs).flatMap(([graph, card]) =>
      Object.entries(card?.files ?? {}).flatMap(([offered, file]) =>
        file && (precision === undefined || offered === precision)
          ? [{ graph: graph as GraphName, precision: offered as Precision, file: file.file }]
          : [],
      ),
    );
  }

  /** Precisions beside fp32 in which at least one graph is on offer. */
  async otherPrecisions(): Promise<Precision[]> {
    const precisions = (await this.graphs()).map(({ precision }) => precision);
    return [...new Set(precisions)].filter((precision) => precision !== 'fp32');
  }

  /** A graph as @latentkit/onnx reads it. @throws OnnxError */
  model(file: string): Promise<Model> {
    return this.#keep(`model ${file}`, async () => readModel(await this.bytes(file)));
  }

  /** The golden values, or undefined where the card names none. @throws LatentkitError `invalid-data` */
  golden(): Promise<GoldenByGraph | undefined> {
    return this.#keep('golden', async () => {
      const file = (await this.card()).golden?.file;
      return file === undefined ? undefined : goldenByGraph(await this.bytes(file), file);
    });
  }

  /** What was recorded of the model when it was last found good, or undefined. @throws LatentkitError `invalid-data` */
  record(): Promise<ModelRecord | undefined> {
    return this.#keep('record', () => readRecord(this.folder));
  }

  /** A graph opened on a device. */
  runner(file: string, device: CheckDevice = 'cpu'): Promise<GraphRunner> {
    return this.#keep(`runner ${device} ${file}`, async () => {
      const runner = await this.#tools.devices.open(device, await this.bytes(file));
      this.#disposals.push(() => runner.dispose());
      return runner;
    });
  }

  /** What a graph makes of its golden inputs on a device. */
  goldenOutputs(
    file: string,
    graph: GraphName,
    device: CheckDevice = 'cpu',
  ): Promise<NamedTensors> {
    return this.#keep(`golden ${device} ${file}`, async () => {
      const rows = (await this.golden())?.[graph];
      return (await this.runner(file, device)).run(rows?.inputs ?? {});
    });
  }

  /** The model through the typed API, on the CPU; `whole` where it decodes. */
  loaded(precision: Precision = 'fp32'): Promise<LoadedModel> {
    return this.#keep(`loaded ${precision}`, async () => {
      // A precision that is wrong is what the checks are to tell.
      const options = { device: 'cpu', threads: 1, dtype: precision, selfTest: false } as const;
      if ((await this.card()).graphs.decoder) {
        const whole = await loadAutoencoder(this.folder, options);
        this.#disposals.push(() => whole.dispose());
        return { encoder: whole.encoder, whole };
      }
      const encoder = await loadEncoder(this.folder, options);
      this.#disposals.push(() => encoder.dispose());
      return { encoder };
    });
  }

  /** Computes something once for all checks. */
  once<T>(what: string, compute: () => Promise<T>): Promise<T> {
    return this.#keep(`once ${what}`, compute);
  }

  async dispose(): Promise<void> {
    await Promise.allSettled(this.#disposals.map((dispose) => dispose()));
  }

  #keep<T>(key: string, make: () => Promise<T>): Promise<T> {
    const known = this.#once.get(key) as Promise<T> | undefined;
    if (known) return known;
    const made = make();
    this.#once.set(key, made);
    return made;
  }
}
