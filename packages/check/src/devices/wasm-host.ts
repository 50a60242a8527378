import { type ChildProcess, fork } from 'node:child_process';
import {
  type GraphRunner,
  LatentkitError,
  type NamedTensors,
  type TensorInfo,
} from '@latentkit/core';
import { scriptBeside } from './script-beside.ts';

interface Waiting {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

interface Opened {
  readonly handle: number;
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
}

/** A process that runs graphs in onnxruntime-web's WebAssembly: what a page does with them, in Node. */
export class WasmHost {
  #child: ChildProcess | undefined;
  #jobs = 0;
  readonly #waiting = new Map<number, Waiting>();

  /** @throws LatentkitError `missing-dependency` without onnxruntime-web; `runtime` for a graph that it refuses */
  async open(bytes: Uint8Array): Promise<GraphRunner> {
    const { handle, inputs, outputs } = (await this.#ask('open', { bytes })) as Opened;
    return {
      device: 'wasm',
      inputs,
      outputs,
      run: async (feeds) => (await this.#ask('run', { handle, feeds })) as NamedTensors,
      dispose: async () => {
        if (this.#child) await this.#ask('close', { handle });
      },
    };
  }

  /** Ends the process. Idempotent; a graph opened afterwards starts another. */
  close(): void {
    this.#child?.kill();
    this.#child = undefined;
  }

  #ask(job: string, given: object): Promise<unknown> {
    const child = this.#start();
    const id = ++this.#jobs;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      child.send({ id, job, ...given });
    });
  }

  #start(): ChildProcess {
    if (this.#child) return this.#child;
    const child = fork(scriptBeside('wasm-process.mjs'), {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let said = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said = `${said}${text}`.slice(-2000);
    });
    child.on(
      'message',
      ({ id, result, error }: { id: number; result?: unknown; error?: string }) => {
        const waiting = this.#waiting.get(id);
        this.#waiting.delete(id);
        if (error === undefined) waiting?.resolve(result);
        else waiting?.reject(new LatentkitError('runtime', `onnxruntime-web: ${error}`));
      },
    );
    child.on('exit', (code, signal) => {
      if (this.#child === child) this.#child = undefined;
      const reason = missing(said) ?? crashed(code ?? signal, said);
      for (const waiting of this.#waiting.values()) waiting.reject(reason);
      this.#waiting.clear();
    });
    this.#child = child;
    return child;
  }
}

function missing(said: string): LatentkitError | undefined {
  return said.includes('ERR_MODULE_NOT_FOUND') && said.includes('onnxruntime-web')
    ? new LatentkitError(
        'missing-dependency',
        'onnxruntime-web is not installed: npm install onnxruntime-web@1.30.0, or leave the device wasm out.',
      )
    : undefined;
}

function crashed(how: unknown, said: string): LatentkitError {
  return new LatentkitError('runtime', `onnxruntime-web's process ended (${how}). ${said.trim()}`);
}
