import { type ErrorOptions, LatentkitError } from './latentkit-error.ts';
import { isMarked, mark } from './mark.ts';

/** One device that was tried, or passed over, while a model was loaded. */
export interface DeviceAttempt {
  readonly device: string;
  readonly ok: boolean;
  /** Why the device was chosen or passed over. */
  readonly reason: string;
  /** What would make the device available. */
  readonly remedy?: string;
}

/** No device of the policy could run the model. */
export class DeviceError extends LatentkitError {
  declare readonly code: 'device-unavailable';
  readonly attempts: readonly DeviceAttempt[];

  constructor(message: string, attempts: readonly DeviceAttempt[], options: ErrorOptions = {}) {
    const tried = attempts.map(({ device, reason }) => `  - ${device}: ${reason}`);
    const remedies = [
      ...new Set(attempts.flatMap(({ ok, remedy }) => (ok || !remedy ? [] : [remedy]))),
    ];
    const steps = remedies.map((remedy, index) => `  ${index + 1}. ${remedy}`);
    super(
      'device-unavailable',
      [message, ...tried, ...(steps.length > 0 ? ['What to do:', ...steps] : [])].join('\n'),
      options,
    );
    this.name = 'DeviceError';
    this.attempts = attempts;
    mark(this, 'DeviceError');
  }

  static override isInstance(value: unknown): value is DeviceError {
    return isMarked(value, 'DeviceError');
  }
}
