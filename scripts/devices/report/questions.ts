import type { Device, Precision } from '@latentkit/node';

/** Where graphs are tried; what this machine does not have says why. */
export const DEVICES = ['cpu', 'cuda', 'tensorrt', 'webgpu', 'directml', 'coreml'] as const;

interface OnDevice {
  readonly device: Device;
  /** The model's folder. */
  readonly model: string;
}

/** What a process of its own is asked, so that a driver that crashes takes nothing else with it. */
export type Question =
  | ({ readonly ask: 'open' } & OnDevice)
  | ({
      readonly ask: 'parity';
      readonly precision: Precision;
      readonly batches: readonly number[];
    } & OnDevice)
  | { readonly ask: 'auto'; readonly model: string }
  | ({ readonly ask: 'uses' } & OnDevice)
  | ({ readonly ask: 'memory'; readonly times: number } & OnDevice)
  | ({
      readonly ask: 'speed';
      readonly batches: readonly number[];
      readonly rounds: number;
    } & OnDevice);

export type Ask = Question['ask'];
export type QuestionOf<A extends Ask> = Extract<Question, { readonly ask: A }>;
