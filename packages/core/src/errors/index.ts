export { AbortedError, type AbortSignalLike, throwIfAborted } from './aborted-error.ts';
export { ArgumentError } from './argument-error.ts';
export { CardError } from './card-error.ts';
export { describeValue } from './describe-value.ts';
export { type DeviceAttempt, DeviceError } from './device-error.ts';
export { DisposedError } from './disposed-error.ts';
export { InputError } from './input-error.ts';
export { IntegrityError } from './integrity-error.ts';
export { type ErrorCode, type ErrorOptions, LatentkitError } from './latentkit-error.ts';
