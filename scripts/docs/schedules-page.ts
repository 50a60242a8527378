import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A line of scripts/schedules/latents.py. */
interface LatentSearch {
  readonly search: string;
  readonly batch: number;
  readonly draws: number;
  readonly steps: number;
  readonly members: readonly {
    readonly rate: number;
    readonly gradient?: string;
    readonly schedule?: string;
    readonly epsilon?: number;
  }[];
  readonly nll: readonly number[];
  readonly averaged: readonly number[];
}

/** A line of scripts/schedules/codes.py: what is not as in its BASE, and what came of it. */
interface CodeTrial {
  readonly search: string;
  readonly products: number;
  readonly bits: number;
  readonly epochs: number;
  /** MSE of the test pictures by the epoch. */
  readonly mse: Readonly<Record<string, number>>;
  readonly [setting: string]: unknown;
}

/** A line of scripts/schedules/clipping.ts. */
interface ClippingTrial {
  readonly data: string;
  readonly epochs: number;
  readonly family: string;
  /** The length that gradients were shortened to; null where they were as they are. */
  readonly clipped: number | null;
  /** Test loss after the last epoch, in nats an item; null where the weights were no longer finite. */
  readonly test: number | null;
}

/** The page of which schedules get furthest, from the searches as they came. */
export function schedulesPage(folder: string): string {
  const latents = lines<LatentSearch>(join(folder, 'h100-latents.jsonl'));
  const codes = lines<CodeTrial>(join(folder, 'h100-codes.jsonl'));
  const clipping = lines<ClippingTrial>(join(folder, 'clipping.jsonl'));
  return [
    '<!-- Written by `npm run docs` from the searches in docs/schedules. -->',
    '',
    '# Training well',
    '',
    'What a training comes to in a given time hangs on the size of its steps more than on anything else. Two searches say',
    'how. Both ran in PyTorch on an H100, where a trial takes seconds and not an hour of two cores, with the networks and',
    'objectives of this library; one seed each. The grid of codes was then trained with the library itself, in 20 minutes of',
    'two cores: [your own pictures](your-own-pictures.md) has the outcome. So was the best of one draw an item, for longer:',
    '[mnist-vae-long](models.md#mnist-vae-long).',
    '',
    '```sh',
    'python scripts/schedules/latents.py MNIST_FOLDER 230 vae-512    # needs torch with CUDA',
    'python scripts/schedules/codes.py EMOJI_FOLDER',
    '```',
    '',
    '## A latent of Gaussians',
    '',
    '`--family vae` and `iwae`, 784-200-200-50 with tanh on MNIST, binarised dynamically; negative log-likelihood of the test',
    'items in nats, less is better. Members of a search take the same number of steps; the rate rises over the first 500 and',
    'falls to 0 along half a cosine, where nothing else is said.',
    '',
    ...latents.flatMap(latentTable),
    '- Few steps: a large rate (`--learning-rate 0.003`, three times the usual), as long as it falls to 0',
    '  (`--rate-schedule cosine`). An exponential fall by a hundred leaves too few steps at a small rate, or too many.',
    '- Large batches with a rate that grows with them (`--batch 512 --learning-rate 0.004`): on two cores a step of four times',
    '  the items takes three times as long, and gets further.',
    "- `--gradient stl` (or `dreg`, for several draws) costs nothing and is better everywhere: the encoder's gradient is less",
    '  noisy the closer the posterior comes to the true one.',
    '- A moving average of the weights (`--weight-average`) gains nothing where the rate falls to 0; it is for runs that are',
    '  stopped on the way.',
    "- Adam's ε changes nothing that matters.",
    '',
    '## A grid of codes',
    '',
    '`--family vq-vae` on the 3,786 emoji of [your own pictures](your-own-pictures.md), 64 × 64, each trial with the same',
    'number of multiplications (those of 26 epochs of the first), the prior counted as well. What is not said is as in the',
    'first: channels 64, 128; 512 codes of 16 dimensions; 32 items a step at 0.002; codebook decay 0.99; a prior of 64',
    'channels. Sorted by what the test pictures are reconstructed to.',
    '',
    ...codeTable(codes),
    '',
    '- Small steps, many of them: half the items a step is worth more than any change of the network.',
    '- Narrow networks, for the epochs that they leave time for. Residual blocks and wide layers do not pay within this time.',
    '- A finer grid (one halving, `--channels 64`) holds four times the bits and has half the error; its prior has four times',
    '  the cells to draw.',
    '- Rates have an edge: 0.004 is the best with 16 items a step, and with twice that the codebook no longer follows.',
    '  The standard is a little below it.',
    '- Larger codebooks help little: most of their entries are hardly used.',
    '',
    '## The length of gradients',
    '',
    'A likelihood whose σ is learned, as that of pictures is, makes gradients longer by orders of magnitude while σ falls, and',
    'one long gradient early on can end a training. Trained with the library itself, all but the epochs at their standard, on',
    'the emoji and on 4,000 drawn discs (`scripts/volume/draw.ts`), one seed each; test loss in nats an item after the last',
    'epoch, less is better.',
    '',
    '```sh',
    'npx tsx --conditions=latentkit-source scripts/schedules/clipping.ts EMOJI_FOLDER DISCS_FOLDER',
    '```',
    '',
    ...clippingTable(clipping),
    '',
    '- `--clip-norm 100` is the standard on your own pictures for `ae`, `flow` and `hierarchical`. Without it a plain',
    '  autoencoder may give every picture alike for good, and the weights of a ladder may end as no numbers.',
    '- A `vae` gains as well in so few epochs, and gets there without: in the whole run of [your own',
    '  pictures](your-own-pictures.md) its best loss on the validation emoji is −6,978 as it is and −6,964 with',
    '  `--clip-norm 100`, the reconstruction MSE 0.0181 with either.',
    '',
  ].join('\n');
}

function latentTable({ batch, draws, steps, members, nll, averaged }: LatentSearch): string[] {
  const drawn = draws === 1 ? 'one draw' : `${draws} draws`;
  const order = members.map((_, i) => i).sort((a, b) => (nll[a] ?? 0) - (nll[b] ?? 0));
  return [
    `**${drawn} an item, ${batch} items a step, ${steps.toLocaleString('en')} steps**`,
    '',
    '| rate | gradient | schedule | ε | NLL | NLL, weights averaged |',
    '|---|---|---|---|---|---|',
    ...order.map((i) => {
      const { rate, gradient = 'standard', schedule = 'cosine', epsilon = 1e-8 } = members[i] ?? {};
      const words = [
        rate,
        gradient,
        schedule,
        epsilon,
        nll[i]?.toFixed(2),
        averaged[i]?.toFixed(2),
      ];
      return `| ${words.join(' | ')} |`;
    }),
    '',
  ];
}

/** What the settings are called on the page, in the order in which they are named. */
const SETTINGS = [
  ['channels', (value) => `channels ${(value as number[]).join(', ')}`],
  ['blocks', (value) => `${value} residual ${value === 1 ? 'block' : 'blocks'} a level`],
  ['codes', (value) => `${value} codes`],
  ['dim', (value) => `of ${value} dimensions`],
  ['batch', (value) => `${value} items a step`],
  ['rate', (value) => `rate ${value}`],
  ['commitment', (value) => `commitment ${value}`],
  ['decay', (value) => `decay ${value}`],
  ['flip_and_shift', () => 'not varied'],
  ['prior', (value) => `a prior of ${value} channels`],
  ['times', (value) => `**${value} times the work**`],
] as const satisfies readonly (readonly [string, (value: unknown) => string])[];

function codeTable(trials: readonly CodeTrial[]): string[] {
  const last = ({ mse, epochs }: CodeTrial) => mse[epochs] ?? Number.NaN;
  return [
    '| otherwise than the first | epochs | bits an item | MSE after 5 | MSE at the end |',
    '|---|---|---|---|---|',
    ...[...trials]
      .sort((a, b) => last(a) - last(b))
      .map((trial) => {
        const words = SETTINGS.flatMap(([key, say]) => (key in trial ? [say(trial[key])] : []));
        const said = words.length === 0 ? '**the first**' : words.join(', ');
        const bits = trial.bits.toLocaleString('en');
        return `| ${said} | ${trial.epochs} | ${bits} | ${trial.mse['5']?.toFixed(5)} | ${last(trial).toFixed(5)} |`;
      }),
  ];
}

function clippingTable(trials: readonly ClippingTrial[]): string[] {
  const said = ({ test }: ClippingTrial) => (test === null ? 'not finite' : test.toFixed(0));
  const plain = trials.filter(({ clipped }) => clipped === null);
  return [
    '| family | data | epochs | as they are | shortened to 100 |',
    '|---|---|---|---|---|',
    ...plain.map((trial) => {
      const { family, data, epochs } = trial;
      const other = trials.find(
        (one) => one.family === family && one.data === data && one.clipped !== null,
      ) as ClippingTrial;
      return `| ${[family, data, epochs, said(trial), said(other)].join(' | ')} |`;
    }),
  ];
}

function lines<T>(file: string): T[] {
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as T);
}
