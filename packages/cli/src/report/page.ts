import { escapeHtml, pngDataUri } from './html.ts';
import { STYLE } from './style.ts';

/** A number that stands at the head of the page. */
export interface Figure {
  readonly label: string;
  readonly value: string;
  readonly note: string;
}

/** A titled part of the page; `body` is HTML. */
export interface Section {
  readonly title: string;
  readonly text: string;
  readonly body: string;
}

export interface Page {
  readonly title: string;
  readonly lead: string;
  readonly figures: readonly Figure[];
  readonly sections: readonly Section[];
  readonly footer: string;
}

/** A page that holds all that it shows: no script, nothing to fetch. */
export function renderPage({ title, lead, figures, sections, footer }: Page): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<header>
<h1>${escapeHtml(title)}</h1>
<p class="lead">${escapeHtml(lead)}</p>
<dl class="figures">
${figures.map(renderFigure).join('\n')}
</dl>
</header>
${sections.map(renderSection).join('\n')}
<footer><p>${escapeHtml(footer)}</p></footer>
</main>
</body>
</html>
`;
}

export function imageHtml(png: Uint8Array, alt: string): string {
  return `<img src="${pngDataUri(png)}" alt="${escapeHtml(alt)}">`;
}

export function codeHtml(code: string): string {
  return `<pre><code>${escapeHtml(code)}</code></pre>`;
}

function renderFigure({ label, value, note }: Figure): string {
  return `<div><dt>${escapeHtml(label)}</dt><dd>${escapeHtml(value)} <small>${escapeHtml(note)}</small></dd></div>`;
}

function renderSection({ title, text, body }: Section): string {
  return `<section>
<h2>${escapeHtml(title)}</h2>
<p>${escapeHtml(text)}</p>
${body}
</section>`;
}
