import { median } from '../../../bench/src/report.ts';
import { faultsOf, isOff } from './judge.ts';
import type { DevicesReport, Finding, Off, Speed } from './report.ts';

/** A report as sections of Markdown. */
export function reportTables(report: DevicesReport, heading = '##'): string[] {
  const { findings, commands, notAsked } = report;
  const faults = faultsOf(report);
  return [
    `${heading} ${report.gpu}`,
    '',
    `${report.machine}; ${report.date}.`,
    '',
    ...table(['device', 'opens', 'reason'], findings.open.map(opens)),
    ...(faults.length > 0
      ? ['**Faults**', '', ...faults.map((fault) => `- ${escapeCell(fault)}`), '']
      : []),
    `${heading}# Parity: the worst of all batches and outputs, and what was allowed`,
    '',
    ...table(
      ['model', 'device', 'precision', 'from the trainer', 'from the CPU', 'zeros', 'extremes', ''],
      findings.parity.map(parity),
    ),
    `${heading}# What programs do`,
    '',
    ...table(['model', 'device', 'cases', 'furthest off', ''], findings.uses.map(uses)),
    ...table(
      ['sessions opened and closed', 'device', 'MiB after the 5th', 'after the last', 'GPU, MiB'],
      findings.memory.map(memory),
    ),
    `${heading}# What 'auto' chooses`,
    '',
    ...table(
      ['model', 'device', 'reasons'],
      findings.auto.map(({ question, answer = [], fault = '' }) => [
        question.model,
        answer.at(-1)?.device ?? '',
        answer.map(({ device, reason }) => `${device}: ${reason}`).join('; ') || fault,
      ]),
    ),
    `${heading}# Items a second`,
    '',
    'From arrays and back to arrays, copies included; the median of the rounds.',
    '',
    ...speeds(report),
    ...commands.flatMap(({ command, code, output }) => [
      `${heading}# \`${command}\`: ${code === 0 ? 'ok' : `ended with ${code}`}`,
      '',
      '```text',
      output,
      '```',
      '',
    ]),
    ...(notAsked.length > 0 ? [`Not asked, since time was up: ${notAsked.join(', ')}.`, ''] : []),
  ];
}

function opens({ question, answer = [], fault }: Finding<'open'>): string[] {
  const last = answer.at(-1);
  return [question.device, last?.ok ? 'yes' : 'no', last?.reason ?? fault ?? ''];
}

function parity({ question, answer, fault }: Finding<'parity'>): string[] {
  const { device, model, precision } = question;
  const start = [model, device, precision];
  if (!answer) return [...start, '', '', '', '', `**${fault}**`];
  const left = [
    ...new Set(answer.filter(({ wholly }) => wholly === false).map(({ graph }) => graph)),
  ];
  const worst = (fed: string, against: string) => {
    const rows = answer.filter((row) => row.fed === fed && row.against === against);
    return rows.length === 0
      ? ''
      : `${short(worstOf(rows))} of ${Math.max(...rows.map(({ limit }) => limit))}`;
  };
  return [
    ...start,
    worst('golden', 'trainer'),
    worst('golden', 'cpu'),
    worst('zeros', 'cpu'),
    worst('extremes', 'cpu'),
    `${mark(answer)}${left.length > 0 ? `; ${left.join(', ')}: some nodes on the CPU` : ''}`,
  ];
}

function uses({ question, answer, fault }: Finding<'uses'>): string[] {
  const start = [question.model, question.device];
  if (!answer) return [...start, '', '', `**${fault}**`];
  return [...start, `${answer.length}`, short(worstOf(answer)), mark(answer)];
}

function memory({ question, answer, fault = '' }: Finding<'memory'>): string[] {
  const { resident = [], gpu } = answer ?? {};
  return [
    `${question.times} of ${question.model}`,
    question.device,
    `${resident[4] ?? fault}`,
    `${resident.at(-1) ?? ''}`,
    gpu ? gpu.join(' → ') : '',
  ];
}

/** A row a model, task and batch; a column a device, and one for each peer. */
function speeds({ findings, peers, absent }: DevicesReport): string[] {
  const devices = [...new Set(findings.speed.map(({ question }) => question.device))];
  const names = [...new Set(peers.map(({ name }) => name))];
  const models = [...new Set(findings.speed.map(({ question }) => question.model))];
  const rows = models.flatMap((model) => {
    const of = findings.speed.filter(({ question }) => question.model === model);
    const cases = new Map<string, Speed>();
    for (const { answer } of of) {
      for (const each of answer?.speeds ?? []) cases.set(`${each.what} ${each.batch}`, each);
    }
    return [...cases.values()].map(({ what, batch }) => {
      const onDevice = devices.map((device) => {
        const found = of
          .filter(({ question }) => question.device === device)
          .flatMap(({ answer }) => answer?.speeds ?? [])
          .find((each) => each.what === what && each.batch === batch);
        return found ? rate(batch, median(found.milliseconds)) : '';
      });
      const byPeers = names.map((name) => {
        const found = peers
          .find((peer) => peer.name === name && peer.model === model)
          ?.speeds.find((each) => each.batch === batch);
        // It decodes nothing.
        return found && what !== 'decode' ? rate(batch, found.milliseconds) : '';
      });
      return [model, what, `${batch}`, ...onDevice, ...byPeers];
    });
  });
  const failed = findings.speed.flatMap(({ question, fault }) =>
    fault === undefined ? [] : [`${question.model} on ${question.device}: ${fault}`],
  );
  const missing = Object.entries(absent).map(([peer, reason]) => `${peer} took no part: ${reason}`);
  return [
    ...table(['model', 'task', 'batch', ...devices, ...names], rows),
    ...[...failed, ...missing].flatMap((line) => [line, '']),
  ];
}

const rate = (batch: number, milliseconds: number) =>
  Number(((batch / milliseconds) * 1000).toPrecision(3)).toLocaleString('en');

function worstOf(rows: readonly { readonly off: Off }[]): Off {
  return rows.some(({ off }) => off === null)
    ? null
    : Math.max(...rows.map(({ off }) => off as number));
}

const mark = (rows: readonly { readonly off: Off; readonly limit: number }[]) =>
  rows.length === 0 || rows.some(isOff) ? '**wrong**' : 'ok';

const short = (off: Off) => (off === null ? 'no number' : off === 0 ? '0' : off.toPrecision(2));

const escapeCell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  const line = (cells: readonly string[]) => `| ${cells.map(escapeCell).join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line), ''];
}
