import { readModel, writeModel } from '@latentkit/onnx';
import fc from 'fast-check';
import { hostileModels } from '../../packages/onnx/src/testing/hostile-models.ts';
import { sampleModels } from '../../packages/onnx/src/testing/sample-models.ts';

/** One input for the judge: the bytes of a model, the text of a card, or the name of a planted fault. */
export interface FuzzCase {
  readonly kind: 'model' | 'card' | 'planted';
  readonly bytes: Uint8Array;
}

const SAMPLES = [...sampleModels().values()].map(writeModel);
/** Valid models with one number changed. */
const HOSTILE = [...sampleModels().values()].flatMap((sample) =>
  [...hostileModels(sample)].flatMap(({ model }) => {
    try {
      return [writeModel(model)];
    } catch {
      // A number that no file can hold.
      return [];
    }
  }),
);

interface Change {
  at: number;
  remove: number;
  insert: Uint8Array;
}

const change: fc.Arbitrary<Change> = fc.record({
  at: fc.nat(),
  remove: fc.oneof(fc.constant(0), fc.constant(1), fc.nat(40)),
  insert: fc.oneof(
    fc.uint8Array({ maxLength: 12 }),
    // Varints and lengths out of every range.
    fc.constantFrom(
      Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f),
      Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01),
      Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x20),
    ),
  ),
});

function changed(bytes: Uint8Array, { at, remove, insert }: Change): Uint8Array {
  const place = at % (bytes.length + 1);
  const behind = bytes.subarray(Math.min(place + remove, bytes.length));
  const result = new Uint8Array(place + insert.length + behind.length);
  result.set(bytes.subarray(0, place));
  result.set(insert, place);
  result.set(behind, place + insert.length);
  return result;
}

const changes = fc.array(change, { minLength: 1, maxLength: 3 });

const model: fc.Arbitrary<Uint8Array> = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom(...HOSTILE) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.constantFrom(...SAMPLES, ...HOSTILE), changes)
      .map(([bytes, list]) => list.reduce(changed, bytes)),
  },
);

/** Seeded models, the same ones for the same seed and count. */
export function modelCases(count: number, seed: number): FuzzCase[] {
  return fc.sample(model, { numRuns: count, seed }).map((bytes) => ({ kind: 'model', bytes }));
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const leaf: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom<Json>(null, true, -1, 0, 0.5, 1e300, -1e300, 2 ** 53, '', 'x', [], {}),
  fc.string({ maxLength: 40 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json>,
  fc.nat(20_000).map((length) => Array<Json>(length).fill(0)),
  fc.nat(200_000).map((length) => 'a'.repeat(length)),
);

/** Every place in a value, as the holder and the key. */
function places(value: Json, found: [Record<string, Json>, string][] = []) {
  if (typeof value !== 'object' || value === null) return found;
  const holder = value as Record<string, Json>;
  for (const key of Object.keys(holder)) {
    found.push([holder, key]);
    places(holder[key] as Json, found);
  }
  return found;
}

const edit = fc.record({ place: fc.nat(), kind: fc.nat(3), value: leaf, key: fc.string() });

function edited(
  card: Json,
  edits: readonly { place: number; kind: number; value: Json; key: string }[],
) {
  const copy = structuredClone(card);
  for (const { place, kind, value, key } of edits) {
    const all = places(copy);
    const [holder, at] = all[place % Math.max(all.length, 1)] ?? [{}, ''];
    if (kind === 0) delete holder[at];
    else if (kind === 1) holder[key] = value;
    else holder[at] = value;
  }
  return copy;
}

/** Text around a value that its depth or size alone makes hostile. */
const nested = fc
  .tuple(fc.nat(60_000), fc.constantFrom('[', '{"a":'))
  .map(([depth, open]) => open.repeat(depth));

/** Seeded cards: copies of good ones with fields gone, added and changed, cut off, or nested without end. */
export function cardCases(good: readonly string[], count: number, seed: number): FuzzCase[] {
  const parsed = good.map((text) => JSON.parse(text) as Json);
  const text = fc.oneof(
    {
      weight: 8,
      arbitrary: fc
        .tuple(fc.constantFrom(...parsed), fc.array(edit, { minLength: 1, maxLength: 4 }))
        .map(([card, edits]) => JSON.stringify(edited(card, edits))),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom(...good), fc.nat())
        .map(([card, at]) => card.slice(0, at % card.length)),
    },
    { weight: 1, arbitrary: nested },
  );
  return fc
    .sample(text, { numRuns: count, seed })
    .map((each) => ({ kind: 'card', bytes: new TextEncoder().encode(each) }));
}

/** That the samples themselves are good: a fuzzer over broken files finds nothing. */
export function samplesAreRead(): number {
  return SAMPLES.map((bytes) => readModel(bytes)).length;
}
