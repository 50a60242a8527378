/** Dimensions that get a slider. */
const SHOWN = 8;
/** N(0, 1) has next to nothing beyond. */
const REACH = 3;

/**
 * The dimensions of a latent space that a model uses most: those with the largest mean KL(q‖p), in nats
 * (Kingma & Welling 2014, appendix B).
 *
 * @param means [n × size]
 * @param logVars [n × size]
 */
export function mostUsed(means: Float32Array, logVars: Float32Array, size: number): number[] {
  const kl = new Float64Array(size);
  for (const [i, mean] of means.entries()) {
    const logVar = logVars[i] as number;
    kl[i % size] = (kl[i % size] as number) + mean ** 2 + Math.exp(logVar) - 1 - logVar;
  }
  const byUse = [...kl.keys()].sort((a, b) => (kl[b] as number) - (kl[a] as number));
  return byUse.slice(0, SHOWN).sort((a, b) => a - b);
}

/** A slider for each of some dimensions of a code. */
export function createSliders(
  parent: HTMLElement,
  moved: (dimension: number, value: number) => void,
) {
  const inputs = new Map<number, HTMLInputElement>();
  return {
    make(dimensions: readonly number[]): void {
      const labels = dimensions.map((dimension) => {
        const label = document.createElement('label');
        const input = document.createElement('input');
        Object.assign(input, { type: 'range', min: -REACH, max: REACH, step: 0.05, value: '0' });
        const output = document.createElement('output');
        input.addEventListener('input', () => {
          output.value = input.valueAsNumber.toFixed(1);
          moved(dimension, input.valueAsNumber);
        });
        label.append(`z${dimension + 1} `, input, output);
        inputs.set(dimension, input);
        return label;
      });
      parent.replaceChildren(...labels);
    },
    /** Puts every slider where the code is. */
    set(code: Float32Array): void {
      for (const [dimension, input] of inputs) {
        const value = code[dimension] as number;
        input.valueAsNumber = value;
        (input.nextElementSibling as HTMLOutputElement).value = value.toFixed(1);
      }
    },
  };
}
