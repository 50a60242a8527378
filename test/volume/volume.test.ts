import { afterAll, describe, expect, test } from '@jest/globals';
import { removeTemporaryFolders, temporaryFolder } from '../../packages/data/src/testing.ts';
import { faultsOf, type VolumeReport, volumeTrial } from '../../scripts/volume/volume-trial.ts';

afterAll(removeTemporaryFolders);

// The memory of processes is read from /proc.
(process.platform === 'linux' ? test : test.skip)(
  'the trial of many pictures, with few',
  async () => {
    const turns = { turns: 1, steps: 2, warm: 1 };
    const report = await volumeTrial({
      folder: temporaryFolder(),
      pictures: 900,
      kills: 2,
      training: { standard: turns, small: { ...turns, whole: true } },
      seed: 1,
    });
    const { preparation, killed, training } = report;
    expect(killed).toMatchObject({ madeAgain: 0, equal: true });
    expect(killed.kills).toBeGreaterThan(0);
    expect(preparation.peakBytes).toBeGreaterThan(3e7);
    expect([training.standard.disk.epochs, training.small.disk.epochs]).toEqual([0, 1]);
    for (const { disk, held } of Object.values(training)) {
      expect(Math.min(disk.imagesPerSecond, held.imagesPerSecond)).toBeGreaterThan(0);
      expect(Math.min(disk.peakBytes, held.peakBytes)).toBeGreaterThan(3e7);
    }
    // How fast two steps are says nothing.
    const unhurried = { disk: training.small.disk, held: training.small.held, ratio: 1 };
    expect(faultsOf({ ...report, training: { standard: unhurried, small: unhurried } })).toEqual(
      [],
    );
  },
  300_000,
);

describe('a fault of a report', () => {
  const trained = { imagesPerSecond: 100, epochs: 1, peakBytes: 1e9 };
  const turns = { disk: trained, held: { ...trained, peakBytes: 4e9 }, ratio: 1.04 };
  const sound: VolumeReport = {
    pictures: 9,
    preparation: { imagesPerSecond: 9, peakBytes: 1e9 },
    killed: { kills: 3, madeAgain: 0, equal: true, peakBytes: 1e9 },
    training: { standard: turns, small: turns },
  };
  const { preparation, killed, training } = sound;
  const large = { ...trained, peakBytes: 1.6e9 };

  test('is none where all is as it should be', () => {
    expect(faultsOf(sound)).toEqual([]);
  });

  test.each<[string, Partial<VolumeReport>, RegExp]>([
    ['memory', { preparation: { ...preparation, peakBytes: 1.6e9 } }, /^preparation held 1600 MB/],
    ['no memory seen', { killed: { ...killed, peakBytes: 0 } }, /with kills held 0 MB/],
    [
      'memory of training',
      { training: { ...training, small: { ...turns, disk: large } } },
      /small network held 1600 MB/,
    ],
    ['time', { training: { ...training, standard: { ...turns, ratio: 1.06 } } }, /1\.06 times/],
    ['work that was lost', { killed: { ...killed, madeAgain: 2 } }, /2 reports came again/],
    ['other items', { killed: { ...killed, equal: false } }, /other items/],
  ])('%s', (_, changes, words) => {
    expect(faultsOf({ ...sound, ...changes })).toEqual([expect.stringMatching(words)]);
  });
});
