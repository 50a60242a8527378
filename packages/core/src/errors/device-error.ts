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
  /** Of a device that computes wrongly: how far golden values came out, as `tolerance` on the card counts it. */
  readonly error?: number;
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

  /** What an attempt that ended in an error adds to a report: the attempts that the error tells of, or itself. */
  static attemptsOf(device: string, error: Error, remedy?: string): readonly DeviceAttempt[] {
    // Told by its mark: the bundler renames a class that names itself.
    const told = isMarked(error, 'DeviceError') ? (error as DeviceError).attempts : [];
    if (told.length > 0) return told;
    const attempt = { device, ok: false, reason: error.message };
    return [remedy === undefined ? attempt : { ...attempt, remedy }];
  }

  static override isInstance(value: unknown): value is DeviceError {
    return isMarked(value, 'DeviceError');
  }
}
