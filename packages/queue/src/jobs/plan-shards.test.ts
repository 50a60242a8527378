import { describe, expect, test } from '@jest/globals';
import { planShards } from './plan-shards.ts';
import { idOf, nameOf, parseJob, partOf } from './shard-job.ts';

const COMMON = { model: '/m', space: 's', sources: ['/p'], out: '/o', score: false };
const entries = Array.from({ length: 10 }, (_, i) => ({ id: `${i}.png`, bytes: i, stamp: 'then' }));

describe('a plan', () => {
  test('cuts a listing into shards that follow each other, the last one smaller', () => {
    const jobs = planShards(entries, 4, COMMON);
    expect(jobs.map(({ from, to }) => [from, to])).toEqual([
      [0, 4],
      [4, 8],
      [8, 10],
    ]);
    expect(jobs.map(nameOf)).toEqual(['1/3', '2/3', '3/3']);
    expect(jobs.map((job) => parseJob(JSON.parse(JSON.stringify(job))))).toEqual(jobs);
    expect(new Set(jobs.map(idOf)).size).toBe(3);
  });

  test('names a part by what goes in: the same gives the same, anything else another', () => {
    const [first] = planShards(entries, 4, COMMON);
    const nameFor = (changed: Partial<(typeof entries)[number]>, more: object = {}) => {
      const listing = entries.map((entry, i) => (i === 2 ? { ...entry, ...changed } : entry));
      const [job] = planShards(listing, 4, { ...COMMON, ...more });
      return partOf(job as NonNullable<typeof job>);
    };
    const name = partOf(first as NonNullable<typeof first>);
    expect(name).toMatch(/^\/o\/1-of-3-[0-9a-f]{16}\.parquet$/);
    expect(nameFor({})).toBe(name);
    const others = [
      ...[nameFor({ id: 'x' }), nameFor({ bytes: 9 }), nameFor({ stamp: 'now' })],
      ...[nameFor({}, { space: 't' }), nameFor({}, { score: true }), nameFor({}, { condition: 1 })],
    ];
    expect(new Set([name, ...others]).size).toBe(7);
  });

  test('is another one where any item is another', () => {
    const planOf = (listing: typeof entries) => planShards(listing, 4, COMMON)[0]?.shard.plan;
    expect(planOf(entries)).toBe(planOf([...entries]));
    expect(planOf(entries.slice(0, 9))).not.toBe(planOf(entries));
  });

  test.each<[string, object]>([
    ['no job', {}],
    ['a job of another version', { format: 2 }],
    ['a job of no items', { to: 0 }],
    ['a job that says more', { next: 'delete' }],
  ])('refuses %s', (_, change) => {
    const [job] = planShards(entries, 4, COMMON);
    const given = Object.keys(change).length > 0 ? { ...job, ...change } : {};
    expect(() => parseJob(given)).toThrow('no shard of this version');
  });
});
