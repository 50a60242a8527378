/** How a model is made: what `latentkit train`, `export` and `measure` are told. */
export interface Recipe {
  readonly name: string;
  /** The model is under models/ whole; of others the card and the curve are in docs/models. */
  readonly kept?: boolean;
  /** Options of `latentkit train`, in the words of the card's command. */
  readonly train: string;
  /** Whether the weights are offered in half precision too. */
  readonly fp16?: boolean;
  /** Whether likelihoods are measured by importance sampling, which takes minutes. */
  readonly nll?: boolean;
}

/** The settings of the small models, which are trained in a minute or two. */
const small = (epochs: number) =>
  `--epochs ${epochs} --batch 64 --learning-rate 0.003 --rate-schedule cosine --seed 1 --engine onnx`;
const BINARISED = '--binarise dynamic --rate-schedule cosine --clip-norm 100';
/** A vector of 20 above two grids of 7 × 7 cells with 2 latents each. */
const GRID_LADDER =
  '--architecture conv --channels 32,32 --hidden 256 --activation silu --levels 20 --grid-levels 2,2';

/** The models that docs/models.md tells of. */
export const RECIPES: readonly Recipe[] = [
  {
    name: 'mnist-ae',
    train:
      '--data mnist --family ae --rate-schedule cosine --learning-rate 0.002 --epochs 20 --seed 1 --engine onnx',
  },
  {
    name: 'mnist-cvae',
    train:
      '--data mnist --family cvae --latent 10 --beta 2 --rate-schedule cosine --learning-rate 0.004 --batch 256 --epochs 60 --seed 1 --engine onnx',
  },
  {
    name: 'mnist-flow',
    train: `--data mnist --family flow --latent 50 --hidden 200,200 --beta-schedule warm-up --warm-up 40 ${BINARISED} --learning-rate 0.003 --batch 64 --epochs 130 --seed 1 --engine onnx`,
    fp16: true,
    nll: true,
  },
  {
    name: 'mnist-flow-conv',
    train: `--data mnist --family flow --architecture conv --hidden 256 --activation silu --latent 40 --flow-hidden 256 ${BINARISED} --rate-warm-up 1 --learning-rate 0.002 --epochs 100 --seed 1 --engine onnx`,
    nll: true,
  },
  {
    // With --time-budget 15m, which made 37 epochs of these on the two cores of the card.
    name: 'mnist-flow-short',
    train: `--data mnist --family flow --architecture conv --channels 16,32 --hidden 256 --activation silu --latent 40 ${BINARISED} --rate-warm-up 1 --learning-rate 0.003 --epochs 41 --seed 1 --engine onnx`,
    nll: true,
  },
  {
    name: 'mnist-hierarchical',
    train: `--data mnist --family hierarchical ${GRID_LADDER} ${BINARISED} --rate-warm-up 1 --learning-rate 0.002 --epochs 90 --seed 1 --engine onnx`,
    fp16: true,
  },
  {
    // Items that are drawn once are learnt by heart sooner.
    name: 'mnist-hierarchical-static',
    train: `--data mnist --family hierarchical ${GRID_LADDER} --binarise static --rate-schedule cosine --clip-norm 100 --rate-warm-up 1 --learning-rate 0.002 --epochs 40 --seed 1 --engine onnx`,
  },
  {
    name: 'mnist-iwae',
    train: `--data mnist --family iwae --architecture conv --channels 16,32 --hidden 256 --activation silu --latent 40 ${BINARISED} --rate-warm-up 1 --learning-rate 0.003 --epochs 40 --seed 1 --engine onnx`,
    nll: true,
  },
  {
    name: 'mnist-iwae-two-layers',
    train: `--data mnist --family iwae --architecture conv --channels 16,32 --hidden 256 --activation silu --latent 40 --lower-latent 80 ${BINARISED} --rate-warm-up 1 --learning-rate 0.003 --epochs 38 --seed 1 --engine onnx`,
    nll: true,
  },
  {
    name: 'mnist-vae',
    kept: true,
    train: '--data mnist --no-centre --epochs 10 --seed 1 --backend tfjs-node',
  },
  {
    name: 'mnist-vae-binarised',
    train: `--data mnist --latent 50 --hidden 200,200 --beta-schedule warm-up --warm-up 60 ${BINARISED} --learning-rate 0.003 --batch 64 --epochs 130 --seed 1 --engine onnx`,
    nll: true,
  },
  {
    name: 'mnist-vae-large',
    train:
      '--data mnist --latent 40 --hidden 500,500 --beta-schedule warm-up --warm-up 15 --rate-schedule cosine --clip-norm 100 --learning-rate 0.002 --epochs 60 --seed 1 --engine onnx',
    fp16: true,
  },
  {
    name: 'mnist-vae-long',
    train:
      '--data mnist --latent 50 --hidden 200,200 --activation tanh --gradient stl --binarise dynamic --rate-schedule cosine --rate-warm-up 4 --learning-rate 0.004 --batch 512 --epochs 1700 --seed 1 --engine onnx',
    nll: true,
  },
  {
    name: 'mnist-vq-vae',
    train:
      '--data mnist --family vq-vae --architecture resnet --codes 256 --prior-channels 32 --rate-schedule cosine --no-centre --learning-rate 0.002 --batch 64 --epochs 15 --seed 1 --engine onnx',
  },
  {
    name: 'strokes-ae',
    kept: true,
    train: `--data strokes --family ae --latent 10 --hidden 128 ${small(20)}`,
  },
  {
    name: 'strokes-beta-vae',
    train: `--data strokes --family beta-vae --latent 10 --hidden 128 ${small(20)}`,
  },
  {
    name: 'strokes-cvae',
    kept: true,
    train: `--data strokes --family cvae --latent 6 --hidden 128 --beta 4 ${small(60)}`,
  },
  {
    name: 'strokes-flow',
    kept: true,
    train: `--data strokes --family flow --latent 10 --hidden 128 --flow-steps 2 --flow-hidden 32 ${small(20)}`,
    fp16: true,
  },
  {
    name: 'strokes-hierarchical',
    kept: true,
    train: `--data strokes --family hierarchical --hidden 128,64 --free-bits 0.5 --levels 4,8 ${small(20)}`,
  },
  {
    name: 'strokes-vae',
    kept: true,
    train: `--data strokes --latent 10 --hidden 128 ${small(20)}`,
  },
  {
    name: 'strokes-vq-vae',
    kept: true,
    train: `--data strokes --family vq-vae --channels 16,32 --codes 64 --code-size 8 --prior-channels 24 --prior-depth 2 ${small(10)}`,
  },
];
