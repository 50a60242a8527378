/** Side of a drawing, in pixels: ten for each that the model sees, so that strokes are smooth. */
export const DRAWING = 280;
const STROKE = 22;
/** How far an arrow key moves the pen. */
const STEP = 10;

type Point = readonly [x: number, y: number];

const MOVES: Readonly<Record<string, Point>> = {
  ArrowLeft: [-STEP, 0],
  ArrowRight: [STEP, 0],
  ArrowUp: [0, -STEP],
  ArrowDown: [0, STEP],
};

export interface Pen {
  /** Draws a line through points, without telling anyone. */
  draw(points: readonly Point[]): void;
  clear(): void;
}

/**
 * Lets people draw on a canvas, white on black: by pointer (mouse, finger, pen) and by keyboard, where arrows move
 * the pen, Space sets it down or lifts it, and Delete clears.
 *
 * @param surface holds the canvas, and the focus of the keyboard
 * @param cursor shown at the pen's place while keys are used
 * @param changed called after every change
 */
export function createPen(
  canvas: HTMLCanvasElement,
  { surface, cursor }: { readonly surface: HTMLElement; readonly cursor: HTMLElement },
  changed: () => void,
): Pen {
  canvas.width = DRAWING;
  canvas.height = DRAWING;
  surface.tabIndex = 0;
  const context = canvas.getContext('2d', { willReadFrequently: true }) as CanvasRenderingContext2D;
  let at: Point = [DRAWING / 2, DRAWING / 2];
  let down = false;

  const clear = () => {
    context.fillStyle = 'black';
    context.fillRect(0, 0, DRAWING, DRAWING);
  };
  const lineTo = (to: Point) => {
    Object.assign(context, {
      strokeStyle: 'white',
      lineWidth: STROKE,
      lineCap: 'round',
      lineJoin: 'round',
    });
    context.beginPath();
    context.moveTo(...at);
    // A line of no length is a dot.
    context.lineTo(...to);
    context.stroke();
    at = to;
  };
  const placeOf = ({ clientX, clientY }: PointerEvent): Point => {
    const { left, top, width } = canvas.getBoundingClientRect();
    const scale = DRAWING / width;
    return [(clientX - left) * scale, (clientY - top) * scale];
  };

  canvas.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    at = placeOf(event);
    lineTo(at);
    changed();
  });
  canvas.addEventListener('pointermove', (event) => {
    if (!canvas.hasPointerCapture(event.pointerId)) return;
    // A fast stroke has many points between two frames, of which the browser tells the last alone.
    const coalesced = event.getCoalescedEvents?.() ?? [];
    for (const point of coalesced.length > 0 ? coalesced : [event]) lineTo(placeOf(point));
    changed();
  });
  surface.addEventListener('keydown', (event) => {
    const move = MOVES[event.key];
    if (move) {
      const [x, y] = [0, 1].map((axis) =>
        Math.min(DRAWING - STEP, Math.max(STEP, (at[axis] as number) + (move[axis] as number))),
      ) as [number, number];
      if (down) lineTo([x, y]);
      else at = [x, y];
    } else if (event.key === ' ') {
      down = !down;
      if (down) lineTo(at);
    } else if (event.key === 'Delete' || event.key === 'Backspace') {
      clear();
      down = false;
    } else {
      return;
    }
    event.preventDefault();
    cursor.hidden = false;
    cursor.style.left = `${(at[0] / DRAWING) * 100}%`;
    cursor.style.top = `${(at[1] / DRAWING) * 100}%`;
    cursor.dataset['down'] = String(down);
    changed();
  });
  surface.addEventListener('blur', () => {
    down = false;
    cursor.hidden = true;
  });

  clear();
  return {
    clear,
    draw([first, ...rest]) {
      if (first) at = first;
      for (const point of rest) lineTo(point);
    },
  };
}
