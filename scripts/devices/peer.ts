import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Participant } from '../../bench/src/participants/participant.ts';
import type { Peer } from './report/report.ts';

const SCRIPT = fileURLToPath(new URL('peer_torch.py', import.meta.url));

interface PeerOptions {
  readonly python: string;
  /** PyTorch's name of it. */
  readonly device: string;
  readonly rounds: number;
}

/** How long PyTorch takes for an encoder of bench/src, with the same weights and items; or why it cannot say. */
export async function timePeer(
  model: string,
  batches: readonly number[],
  { python, device, rounds }: PeerOptions,
): Promise<Peer | { readonly absent: string }> {
  const args = [SCRIPT, join(model, 'encoder.onnx'), device, String(rounds)];
  const torch = new Participant('PyTorch', python, args);
  const absent = await torch.start();
  if (absent !== undefined) return { absent };
  const speeds: Peer['speeds'][number][] = [];
  try {
    for (const batch of batches) {
      const { ms, first, last } = (await torch.ask(batch)) as Record<
        'ms' | 'first' | 'last',
        number
      >;
      speeds.push({ batch, first, last, milliseconds: ms });
    }
  } catch (error) {
    return { absent: `for ${basename(model)}: ${(error as Error).message}` };
  } finally {
    await torch.stop();
  }
  return { name: `PyTorch on ${device}`, model: basename(model), speeds };
}
