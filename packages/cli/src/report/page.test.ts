import { describe, expect, test } from '@jest/globals';
import { codeHtml, imageHtml, renderPage } from './page.ts';

describe('renderPage', () => {
  const page = renderPage({
    title: 'A & B <script>',
    lead: 'Lead.',
    figures: [{ label: 'Loss', value: '87', note: 'nats "an" item' }],
    sections: [
      {
        title: 'Pictures',
        text: 'Some <b>.',
        body: imageHtml(Buffer.from('png'), 'a "picture"') + codeHtml('a < b && c'),
      },
    ],
    footer: 'End.',
  });

  test('escapes whatever it is given', () => {
    expect(page).toContain('<title>A &amp; B &lt;script&gt;</title>');
    expect(page).toContain('Some &lt;b&gt;.');
    expect(page).toContain('alt="a &quot;picture&quot;"');
    expect(page).toContain('<code>a &lt; b &amp;&amp; c</code>');
    expect(page).not.toContain('<script');
  });

  test('holds its pictures, and forbids the browser to fetch anything', () => {
    expect(page).toContain(`src="data:image/png;base64,${Buffer.from('png').toString('base64')}"`);
    expect(page).toContain(
      `content="default-src 'none'; img-src data:; style-src 'unsafe-inline'"`,
    );
  });
});
