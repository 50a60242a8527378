import { expect, test } from '@jest/globals';
import { GraphBuilder } from '@latentkit/onnx';
import { itemOf } from './item.ts';

test.each([
  ['channels first', [3, 16, 24], /\(image, --image\): 16x24x3\.$/],
  ['channels last', [16, 24, 3], /\(image, --image\): 16x24x3\.$/],
  ['a flat item, whose sizes nothing tells', [1152], /\(image, --image\)\.$/],
])(
  'a picture of another size is refused with the size that the graph takes: %s',
  (_, dims, message) => {
    const g = new GraphBuilder('encoder');
    g.output(g.node('Neg', [g.input('x', 'float32', ['n', ...dims])], {}), 'float32', [
      'n',
      ...dims,
    ]);
    expect(() => itemOf(g.build(), [28, 28, 1], [0, 1])).toThrow(message);
  },
);
