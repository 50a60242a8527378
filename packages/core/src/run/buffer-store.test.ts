import { expect, test } from '@jest/globals';
import { BufferStore } from './buffer-store.ts';

test('gives a buffer of exactly the size asked for, once', () => {
  const store = new BufferStore(100);
  const [small, large] = [new ArrayBuffer(10), new ArrayBuffer(20)];
  store.keep(small);
  store.keep(large);
  expect(store.take(15)).toBeUndefined();
  expect(store.take(20)).toBe(large);
  expect(store.take(20)).toBeUndefined();
  expect(store.take(10)).toBe(small);
});

test('keeps no more than its limit: the oldest goes first, and what is too large is not kept', () => {
  const store = new BufferStore(100);
  const buffers = [40, 50, 60].map((size) => new ArrayBuffer(size));
  for (const buffer of buffers) store.keep(buffer);
  expect(store.take(40)).toBeUndefined();
  expect(store.take(50)).toBeUndefined();
  store.keep(new ArrayBuffer(101));
  expect(store.take(101)).toBeUndefined();
  expect(store.take(60)).toBe(buffers[2]);
});

test('keeps as much as its limit exactly', () => {
  const store = new BufferStore(100);
  for (const size of [40, 60]) store.keep(new ArrayBuffer(size));
  expect(store.take(40)?.byteLength).toBe(40);
  store.keep(new ArrayBuffer(100));
  expect(store.take(60)).toBeUndefined();
  expect(store.take(100)?.byteLength).toBe(100);
  // What was taken is no longer counted.
  for (const size of [40, 60]) store.keep(new ArrayBuffer(size));
  expect([store.take(40), store.take(60)].map((each) => each?.byteLength)).toEqual([40, 60]);
});

test('of equal sizes gives what was kept last; one that is just large enough is so', () => {
  const store = new BufferStore(100);
  const [first, last] = [new ArrayBuffer(10), new ArrayBuffer(10)];
  for (const buffer of [first, last]) store.keep(buffer);
  expect(store.takeAtLeast(11)).toBeUndefined();
  expect(store.takeAtLeast(10)).toBe(last);
  expect(store.takeAtLeast(10)).toBe(first);
});

test('gives the smallest buffer that is large enough, and none that was handed over', () => {
  const store = new BufferStore(100);
  const handedOver = new ArrayBuffer(10);
  structuredClone(handedOver, { transfer: [handedOver] });
  for (const buffer of [new ArrayBuffer(40), new ArrayBuffer(20), handedOver]) store.keep(buffer);
  expect(store.takeAtLeast(5)?.byteLength).toBe(20);
  expect(store.takeAtLeast(5)?.byteLength).toBe(40);
  expect(store.takeAtLeast(0)).toBeUndefined();
});
