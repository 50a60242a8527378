import { GPU_USAGE } from './usage.ts';

const WORKGROUP = 64;
/** The least that every device offers. */
const MOST_WORKGROUPS = 65_535;

const ADD = `
@group(0) @binding(0) var<storage, read_write> values: array<f32>;
@group(0) @binding(1) var<storage, read> added: array<f32>;

@compute @workgroup_size(${WORKGROUP})
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  for (var i = id.x; i < arrayLength(&added); i += groups.x * ${WORKGROUP}) {
    values[i] += added[i];
  }
}`;

const pipelines = new WeakMap<GPUDevice, GPUComputePipeline>();

/** Adds numbers to those of a buffer, on the GPU: after what the queue has been given, and before what comes next. */
export function addOnGpu(device: GPUDevice, values: GPUBuffer, added: Float32Array): void {
  let pipeline = pipelines.get(device);
  if (!pipeline) {
    const module = device.createShaderModule({ code: ADD });
    pipeline = device.createComputePipeline({ layout: 'auto', compute: { module } });
    pipelines.set(device, pipeline);
  }
  const usage = GPU_USAGE.storage | GPU_USAGE.copyTarget;
  const buffer = device.createBuffer({ size: added.byteLength, usage });
  device.queue.writeBuffer(buffer, 0, added as Float32Array<ArrayBuffer>);
  const commands = device.createCommandEncoder();
  const pass = commands.beginComputePass();
  pass.setPipeline(pipeline);
  const entries = [values, buffer].map((buffer, binding) => ({ binding, resource: { buffer } }));
  pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
  pass.dispatchWorkgroups(Math.min(MOST_WORKGROUPS, Math.ceil(added.length / WORKGROUP)));
  pass.end();
  device.queue.submit([commands.finish()]);
  // The queue keeps what it was given until it is done.
  buffer.destroy();
}
