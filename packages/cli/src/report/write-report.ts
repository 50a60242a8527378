import { join } from 'node:path';
import { writeFileWhole } from '@latentkit/system';
import { drawKlChart } from './kl-chart.ts';
import { drawLossChart, type LossHistory, PRINT_PALETTE } from './loss-chart.ts';
import { codeHtml, type Figure, imageHtml, renderPage } from './page.ts';
import type { Picture } from './pictures.ts';
import { svgToPng } from './png.ts';
import { PAGE_PALETTE } from './style.ts';

export interface Report {
  readonly title: string;
  readonly lead: string;
  readonly figures: readonly Figure[];
  readonly pictures: readonly Picture[];
  readonly history: LossHistory;
  /** The KL of each dimension, in nats, where the latent has such. */
  readonly klByDimension?: readonly number[] | undefined;
  /** What is wrong with the model, in sentences. */
  readonly warnings?: readonly string[] | undefined;
  /** Code that uses the model. */
  readonly usage: string;
  readonly footer: string;
}

/**
 * Writes report.html, which holds everything it shows, and each picture as a PNG beside it.
 *
 * @returns the names of the files
 */
export async function writeReport(folder: string, report: Report): Promise<string[]> {
  const { title, lead, figures, pictures, history, klByDimension, warnings, usage, footer } =
    report;
  const page = renderPage({
    title,
    lead,
    figures,
    footer,
    sections: [
      ...(warnings ?? []).map((text) => ({ title: 'Warning', text, body: '' })),
      ...pictures.map(({ title, text, alt, png }) => ({ title, text, body: imageHtml(png, alt) })),
      {
        title: 'Training',
        text: 'The loss is what it costs to describe an item: the reconstruction error, and the information (KL) that the latent carries.',
        body: drawLossChart(history, PAGE_PALETTE),
      },
      ...(klByDimension
        ? [
            {
              title: 'What the latent carries',
              text: 'The information of each dimension. Those without any are not used: the decoder does not listen to them.',
              body: drawKlChart(klByDimension, PAGE_PALETTE),
            },
          ]
        : []),
      {
        title: 'Use it',
        text: 'The model is a folder of ONNX files with a card. In Node:',
        body: codeHtml(usage),
      },
    ],
  });
  const files: [string, Uint8Array | string][] = [
    ...pictures.map(({ file, png }): [string, Uint8Array] => [file, png]),
    ['loss.png', await svgToPng(drawLossChart(history, PRINT_PALETTE))],
    ['report.html', page],
  ];
  for (const [name, contents] of files) {
    await writeFileWhole(join(folder, name), contents, { makeFolders: true });
  }
  return files.map(([name]) => name);
}
