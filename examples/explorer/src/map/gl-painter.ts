import type { Frame, Painter } from './painter.ts';

const VERTEX = `#version 300 es
in vec2 place;
in vec4 colour;
uniform vec2 viewport;
uniform vec3 frame;
uniform vec2 look;
out vec4 tone;
void main() {
  vec2 pixel = place * frame.x + frame.yz;
  gl_Position = vec4(pixel / viewport * vec2(2, -2) + vec2(-1, 1), 0, 1);
  gl_PointSize = 2.0 * look.x + 1.0;
  tone = vec4(colour.rgb, 1) * colour.a * look.y;
}`;

const FRAGMENT = `#version 300 es
precision highp float;
in vec4 tone;
uniform vec2 look;
out vec4 result;
void main() {
  float size = 2.0 * look.x + 1.0;
  float far = length(gl_PointCoord - 0.5) * size;
  result = tone * clamp(look.x + 0.5 - far, 0.0, 1.0);
}`;

/**
 * Draws the points by WebGL 2, in one call; undefined where there is none, or one by software, which takes longer than
 * to set the pixels ourselves.
 */
export function glPainter(canvas: HTMLCanvasElement): Painter | undefined {
  const gl = canvas.getContext('webgl2', { antialias: false, alpha: true, depth: false });
  if (!gl || isSoftware(gl)) return undefined;
  const program = link(gl);
  if (!program) return undefined;
  const uniform = (name: string) => gl.getUniformLocation(program, name);
  const [viewport, frameAt, look] = [uniform('viewport'), uniform('frame'), uniform('look')];
  const buffers = { place: gl.createBuffer(), colour: gl.createBuffer() };
  let count = 0;
  const attribute = (name: 'place' | 'colour', size: number, type: number) => {
    const at = gl.getAttribLocation(program, name);
    gl.bindBuffer(gl.ARRAY_BUFFER, buffers[name]);
    gl.enableVertexAttribArray(at);
    gl.vertexAttribPointer(at, size, type, type === gl.UNSIGNED_BYTE, 0, 0);
  };
  attribute('place', 2, gl.FLOAT);
  attribute('colour', 4, gl.UNSIGNED_BYTE);
  gl.useProgram(program);
  gl.enable(gl.BLEND);
  gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  const fill = (name: 'place' | 'colour', data: Float32Array | Uint8Array) => {
    gl.bindBuffer(gl.ARRAY_BUFFER, buffers[name]);
    gl.bufferData(gl.ARRAY_BUFFER, data, gl.STATIC_DRAW);
  };
  return {
    name: 'webgl',
    setPositions(positions) {
      count = positions.length / 2;
      fill('place', positions);
    },
    setColours: (colours) => fill('colour', colours),
    draw({ scale, left, top, radius, opacity }: Frame) {
      gl.viewport(0, 0, canvas.width, canvas.height);
      gl.clearColor(0, 0, 0, 0);
      gl.clear(gl.COLOR_BUFFER_BIT);
      gl.uniform2f(viewport, canvas.width, canvas.height);
      gl.uniform3f(frameAt, scale, left, top);
      gl.uniform2f(look, radius, opacity);
      gl.drawArrays(gl.POINTS, 0, count);
    },
  };
}

const SOFTWARE = /swiftshader|llvmpipe|softpipe|software|basic render/i;

/** Whether a driver says that it draws by software: one that says nothing is believed to have a GPU. */
function isSoftware(gl: WebGL2RenderingContext): boolean {
  const names = gl.getExtension('WEBGL_debug_renderer_info');
  return names !== null && SOFTWARE.test(String(gl.getParameter(names.UNMASKED_RENDERER_WEBGL)));
}

function link(gl: WebGL2RenderingContext): WebGLProgram | undefined {
  const program = gl.createProgram();
  for (const [type, source] of [
    [gl.VERTEX_SHADER, VERTEX],
    [gl.FRAGMENT_SHADER, FRAGMENT],
  ] as const) {
    const shader = gl.createShader(type);
    if (!shader) return undefined;
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (gl.getProgramParameter(program, gl.LINK_STATUS)) return program;
  console.warn(`WebGL refuses the map's program: ${gl.getProgramInfoLog(program)}`);
  return undefined;
}
