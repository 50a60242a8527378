/** Models without a runtime, for the tests of programs that use one. */

export { type FakeOptions, fakeAutoencoder } from './fake-autoencoder.ts';
export { type FakeCardOptions, type FakeLatent, fakeCard } from './fake-card.ts';
