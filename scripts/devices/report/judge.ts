import { basename } from 'node:path';
import type { Question } from './questions.ts';
import type { DevicesReport, Memory, Off, ParityRow } from './report.ts';

/** Before this session of a model, caches of drivers and allocators are still filling. */
export const SETTLED = 5;

/** How much may be added from the fifth session to the last: a share of the process's memory, and MiB. */
const GROWTH = { share: 0.1, resident: 32, gpu: 64 };

/** How far a peer's embeddings may be from ours: it adds in another order. */
const PEER = 1e-3;

/** What is wrong, a line each; a device that is not there is no fault. */
export function faultsOf({ findings, commands, peers }: DevicesReport): string[] {
  const all = Object.values(findings).flat() as readonly { question: Question; fault?: string }[];
  return [
    ...all.flatMap(({ question, fault }) =>
      fault === undefined || question.ask === 'open' ? [] : [`${nameOf(question)}: ${fault}`],
    ),
    ...findings.parity.flatMap(({ question, answer }) =>
      answer?.length === 0 ? [`${nameOf(question)}: nothing was compared`] : [],
    ),
    ...findings.parity.flatMap(({ question, answer = [] }) =>
      answer.filter(isOff).map((row) => `${nameOf(question)}: ${describeOff(row)}`),
    ),
    ...findings.uses.flatMap(({ question, answer = [] }) =>
      answer
        .filter(isOff)
        .map(
          ({ name, says, off, limit }) =>
            `${nameOf(question)}: ${name}: ${says} (off by ${off ?? 'what is no number'}, at most ${limit})`,
        ),
    ),
    ...findings.memory.flatMap(({ question, answer }) =>
      (answer ? growth(answer) : []).map((fault) => `${nameOf(question)}: ${fault}`),
    ),
    ...commands.flatMap(({ command, code }) =>
      code === 0 ? [] : [`${command}: ended with ${code ?? 'a signal'}`],
    ),
    ...peers.flatMap(({ name, model, speeds }) => {
      const ours = findings.speed
        .filter(({ question }) => question.model === model)
        .flatMap(({ question, answer }) =>
          (answer?.ends ?? []).map((ends) => ({ device: question.device, ...ends })),
        );
      return speeds.flatMap(({ batch, first, last }) =>
        ours
          .filter((own) => own.batch === batch)
          .filter((own) => !(Math.hypot(own.first - first, own.last - last) <= PEER))
          .map(({ device }) => `${model} on ${device}: ${name} computes other embeddings`),
      );
    }),
  ];
}

/** NaN, and what is missing, is within no limit. */
export function isOff({ off, limit }: { readonly off: Off; readonly limit: number }): boolean {
  return off === null || !(off <= limit);
}

/** Whether memory grew while sessions were opened and closed. */
export function growth({ resident, gpu }: Memory): string[] {
  const faults: string[] = [];
  const [settled, last] = [resident[SETTLED - 1], resident.at(-1)];
  if (settled === undefined || last === undefined) faults.push('too few sessions were opened');
  else if (last > settled * (1 + GROWTH.share) + GROWTH.resident) {
    faults.push(`memory grew from ${settled} MiB to ${last} MiB`);
  }
  if (gpu && gpu[1] > gpu[0] + GROWTH.gpu) {
    faults.push(`memory of the GPU grew from ${gpu[0]} MiB to ${gpu[1]} MiB`);
  }
  return faults;
}

export function nameOf(question: Question): string {
  const on = 'device' in question ? ` on ${question.device}` : '';
  const precision = question.ask === 'parity' ? ` in ${question.precision}` : '';
  return `${question.ask} of ${basename(question.model)}${on}${precision}`;
}

const describeOff = ({ graph, output, fed, against, off, batch, limit }: ParityRow) =>
  `'${output}' of the ${graph} is off by ${off ?? 'what is no number'} from the ${against} for ${fed} (a batch of ${batch}), at most ${limit}`;
