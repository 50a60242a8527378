import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type DefaultTheme, defineConfig } from 'vitepress';
import { SECTIONS } from '../pages.ts';

/** Where assemble.ts put the pages. */
const ASSEMBLED = resolve(import.meta.dirname, '../../.cache/site');

/** What typedoc says of its own pages. */
function apiSidebar(): DefaultTheme.SidebarItem[] {
  const file = resolve(ASSEMBLED, 'api/typedoc-sidebar.json');
  return existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as DefaultTheme.SidebarItem[])
    : [];
}

export default defineConfig({
  title: 'latentkit',
  description:
    'Train an autoencoder in TypeScript, ship it as ONNX, run it anywhere JavaScript runs.',
  srcDir: ASSEMBLED,
  outDir: resolve(import.meta.dirname, '../../dist'),
  cacheDir: resolve(import.meta.dirname, '../../.cache/vitepress'),
  cleanUrls: true,
  markdown: { math: true },
  head: [['link', { rel: 'icon', href: 'data:,' }]],
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: 'Start', link: '/getting-started' },
      { text: 'Model zoo', link: '/models' },
      { text: 'API', link: '/api/' },
    ],
    sidebar: [
      ...SECTIONS.map(({ title, pages }) => ({
        text: title,
        collapsed: false,
        items: pages.map(({ title, page }) => ({ text: title, link: `/${page}` })),
      })),
      { text: 'API', collapsed: true, items: apiSidebar() },
    ],
    socialLinks: [{ icon: 'github', link: 'https://github.com/latentkit/latentkit' }],
    footer: { message: 'MIT licensed.' },
  },
});
