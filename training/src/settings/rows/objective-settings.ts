import { BETA_SCHEDULES, BINARISATIONS, BOUNDS, GRADIENTS } from '../choices.ts';
import { integer, number, oneOf } from '../domain.ts';
import { familyIs, optional, setting } from '../setting.ts';

const WITH_KL = ['vae', 'beta-vae', 'iwae', 'cvae', 'hierarchical', 'flow'] as const;
/** Of two stochastic layers a KL has no closed form, and of several draws there is one estimate. */
const ONE_LAYER = { lowerLatentSize: 'absent' } as const;
/** Where the bound has the KL of each dimension in closed form: from a mixture there is one estimate of all. */
const WITH_KL_BY_DIMENSION = [
  { ...familyIs('vae', 'beta-vae'), ...ONE_LAYER, prior: ['normal'] },
  familyIs('cvae', 'hierarchical'),
] as const;

/** What is minimised. */
export const OBJECTIVE_SETTINGS = {
  beta: setting({
    name: 'beta',
    flag: 'beta',
    domain: number({ from: 0 }),
    help: 'weight of the KL term',
    standard: 1,
    unless: [{ when: familyIs('beta-vae'), standard: 4 }],
    uses: [familyIs(...WITH_KL)],
  }),
  betaSchedule: setting({
    name: 'beta schedule',
    flag: 'beta-schedule',
    domain: oneOf(BETA_SCHEDULES),
    help: 'how β comes to its value',
    standard: 'constant',
    uses: [familyIs(...WITH_KL)],
  }),
  capacity: optional({
    name: 'capacity',
    flag: 'capacity',
    domain: number({ from: 0 }, '<nats>'),
    help: 'pull the KL to so many nats instead of 0',
    uses: WITH_KL_BY_DIMENSION,
  }),
  warmUpEpochs: setting({
    name: 'warm-up epochs',
    flag: 'warm-up',
    domain: number({ from: 0 }, '<epochs>'),
    help: 'epochs in which β (scheduled warm-up) and the capacity rise',
    standard: ({ epochs }) => (epochs as number) / 10,
    standardWords: 'a tenth of the run',
    uses: [{ betaSchedule: ['warm-up'] }, { capacity: 'given' }],
  }),
  freeBits: setting({
    name: 'free bits',
    flag: 'free-bits',
    domain: number({ from: 0 }, '<nats>'),
    help: 'nats that each dimension may carry for free',
    standard: 0,
    uses: WITH_KL_BY_DIMENSION,
  }),
  gradient: setting({
    name: 'gradient',
    flag: 'gradient',
    domain: oneOf(GRADIENTS),
    help: "estimate of the encoder's gradient: of the whole bound, sticking the landing, or doubly reparameterised",
    standard: 'standard',
    uses: [familyIs('vae', 'beta-vae', 'cvae'), { ...familyIs('iwae'), ...ONE_LAYER }],
  }),
  bound: setting({
    name: 'bound',
    flag: 'bound',
    domain: oneOf(BOUNDS),
    help: 'one bound of all draws, the mean of bounds by groups, or the one, and for the encoder the other',
    standard: 'iwae',
    uses: [{ ...familyIs('iwae'), ...ONE_LAYER }],
  }),
  groups: setting({
    name: 'groups',
    flag: 'groups',
    domain: integer(1000),
    help: 'groups of draws, each of as many as samples says',
    standard: 5,
    uses: [{ ...familyIs('iwae'), ...ONE_LAYER, bound: ['miwae', 'piwae'] }],
  }),
  binarise: setting({
    name: 'binarisation',
    flag: 'binarise',
    domain: oneOf(BINARISATIONS),
    help: 'grey values as they are, drawn to 0 or 1 once, or each time an item is met',
    standard: 'none',
  }),
};
