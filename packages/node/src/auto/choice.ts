import { type DeviceAttempt, DeviceError } from '@latentkit/core';
import { disposeAll, endsSearch, type OpenedGraphs } from '@latentkit/core/runtime';
import type { Device } from '../ort/devices.ts';

export type Runners = OpenedGraphs['runners'];

export interface AutoOptions {
  readonly cacheDir: string;
  /** Opens all graphs on a device. */
  open(device: Device): Promise<Runners>;
  /**
   * Tries whether a device computes rightly, and says what its report tells of that.
   *
   * @throws DeviceError
   */
  test(device: Device, runners: Runners): Promise<string>;
}

/** What a machine has beside its CPU. */
export interface Surroundings {
  /** Devices that may be there. */
  readonly present: readonly Device[];
  /** Those that it could have, and has not. */
  readonly passedOver: readonly DeviceAttempt[];
}

export interface Choice {
  readonly runners: Runners;
  /** The device that was chosen comes last. */
  readonly attempts: readonly DeviceAttempt[];
}

/** Has the device that was chosen tested, and its report tell it. */
export async function tested(
  { runners, attempts }: Choice,
  test: AutoOptions['test'],
): Promise<Choice> {
  const chosen = attempts.at(-1) as DeviceAttempt;
  const others = attempts.slice(0, -1);
  const device = chosen.device as Device;
  try {
    const reason = `${chosen.reason}${await test(device, runners)}`;
    return { runners, attempts: [...others, { ...chosen, reason }] };
  } catch (error) {
    await disposeAll(runners);
    if (endsSearch(error)) throw error;
    const all = [...others, ...DeviceError.attemptsOf(device, error as Error)];
    throw new DeviceError('No device could run the model.', all);
  }
}
