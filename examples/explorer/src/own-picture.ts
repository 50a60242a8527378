import type { App } from './app.ts';
import { element } from './page/dom.ts';

/** Takes somebody's own picture: chosen, dropped on the page, or pasted; of several the first. It never leaves the page. */
export function startOwnPicture(
  take: (file: File) => Promise<void>,
  app: Pick<App, 'failed' | 'tell'>,
): void {
  const input = element<HTMLInputElement>('own');
  const drop = element('drop');
  const takeFirst = (files: FileList | null | undefined) => {
    const [file, ...others] = [...(files ?? [])].filter(({ type }) => type.startsWith('image/'));
    const taken = () => {
      if (others.length === 0) return;
      app.tell(`Only ${file?.name} is shown, the first of ${others.length + 1} pictures.`);
    };
    if (file) take(file).then(taken).catch(app.failed);
    else if (files && files.length > 0) app.failed(new Error('That is no picture.'));
  };
  input.disabled = false;
  input.addEventListener('change', () => {
    takeFirst(input.files);
    input.value = '';
  });
  // Entering a child is told before leaving its parent.
  let depth = 0;
  addEventListener('dragenter', () => {
    depth += 1;
    drop.hidden = false;
  });
  addEventListener('dragleave', () => {
    depth -= 1;
    if (depth === 0) drop.hidden = true;
  });
  addEventListener('dragover', (event) => event.preventDefault());
  addEventListener('drop', (event) => {
    event.preventDefault();
    depth = 0;
    drop.hidden = true;
    takeFirst(event.dataTransfer?.files);
  });
  addEventListener('paste', (event) => takeFirst(event.clipboardData?.files));
}
