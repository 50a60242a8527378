import type { ChartPalette } from './loss-chart.ts';

/** The chart takes its colours from the page, and so follows light and dark. */
export const PAGE_PALETTE: ChartPalette = {
  background: 'var(--card)',
  text: 'var(--text)',
  muted: 'var(--muted)',
  grid: 'var(--line)',
  loss: 'var(--loss)',
  reconstruction: 'var(--reconstruction)',
  kl: 'var(--kl)',
};

export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #f6f5f1; --card: #ffffff; --text: #1b1e30; --muted: #5f6479; --line: #e4e3dd;
  --accent: #3d4fd6; --loss: #3d4fd6; --reconstruction: #0b7d6b; --kl: #b34d14; --code: #f1f0ea;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #12141f; --card: #1a1d2b; --text: #eceaf2; --muted: #a2a6bb; --line: #2b2f42;
    --accent: #98a5ff; --loss: #98a5ff; --reconstruction: #4fd0b7; --kl: #f29b62; --code: #232738;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--text);
  font: 16px/1.6 system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif;
}
main { max-width: 60rem; margin: 0 auto; padding: 3rem 1.5rem 4rem; }
h1 { font-size: 2.1rem; line-height: 1.2; letter-spacing: -0.02em; margin: 0 0 .5rem; }
h2 { font-size: 1.15rem; margin: 0 0 .25rem; }
p { margin: 0 0 .75rem; }
.lead { color: var(--muted); font-size: 1.1rem; max-width: 50rem; }
section, .figures { background: var(--card); border: 1px solid var(--line); border-radius: 14px; }
section { padding: 1.4rem 1.5rem 1.5rem; margin-top: 1.25rem; }
section p { color: var(--muted); }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); margin: 1.75rem 0 0; padding: .35rem 0; }
.figures div { padding: .8rem 1.5rem; }
.figures dt { color: var(--muted); font-size: .85rem; }
.figures dd { margin: 0; font-size: 1.5rem; font-weight: 650; letter-spacing: -0.01em; font-variant-numeric: tabular-nums; white-space: nowrap; }
.figures small { display: block; color: var(--muted); font-size: .8rem; font-weight: 400; letter-spacing: 0; white-space: normal; }
img, svg { display: block; width: 100%; height: auto; }
img { border-radius: 8px; }
pre { background: var(--code); border-radius: 8px; padding: 1rem 1.1rem; margin: 0 0 .75rem; overflow-x: auto; font-size: .88rem; line-height: 1.55; }
code { font-family: ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace; }
section :not(pre) > code { font-size: .9em; }
footer { color: var(--muted); font-size: .85rem; margin-top: 1.5rem; }
`;
