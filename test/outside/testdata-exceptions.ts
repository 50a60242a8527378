/**
 * Cases of ONNX's test data (1.12) whose stored outputs onnxruntime-node 1.30 does not give, by reason.
 * The test runs them all the same: each must fail, with `message`, for the original file as for the
 * one that was read and written again.
 */
export interface Exception {
  reason: string;
  message: RegExp;
  cases: readonly string[];
  /** True where the failure hangs on what the machine has installed, so that passing is right too. */
  machine?: true;
}

const names = (kind: string, list: string) =>
  list.split(/\s+/).map((name) => `${kind}/test_${name}`);

/**
 * Models of the test data that onnx.checker of ONNX 1.23 calls invalid, and so does ours: Constants of integers,
 * which version 6 of the operator set did not have yet.
 */
export const REFUSED: ReadonlySet<string> = new Set([
  ...names('pytorch-converted', 'PixelShuffle'),
  ...names('pytorch-operator', 'operator_repeat operator_repeat_dim_overflow'),
]);

export const EXCEPTIONS: readonly Exception[] = [
  {
    reason: 'training operators: ONNX Runtime for inference does not have them',
    message: /is not a registered function\/op/,
    cases: [
      ...names('node', 'adagrad adagrad_multiple adam adam_multiple'),
      ...names('node', 'momentum momentum_multiple nesterov_momentum'),
      ...names('simple', 'gradient_of_add gradient_of_add_and_mul'),
    ],
  },
  {
    reason: 'random by nature: the stored draw is another generator’s',
    message: /^value/,
    cases: [
      ...names('node', 'bernoulli bernoulli_double bernoulli_double_expanded bernoulli_expanded'),
      ...names('node', 'bernoulli_seed bernoulli_seed_expanded'),
      ...names('node', 'training_dropout training_dropout_default'),
      ...names('node', 'training_dropout_default_mask training_dropout_mask'),
    ],
  },
  {
    reason: 'element types that the CPU kernels do not take',
    message: /Could not find an implementation/,
    cases: [
      ...names('node', 'bitshift_left_uint16 bitshift_right_uint16'),
      ...names('node', 'max_int16 max_uint16 min_int16 min_uint16'),
      ...names('node', 'pow_types_float32_uint32 pow_types_float32_uint64'),
    ],
  },
  {
    reason: 'bfloat16 inputs and outputs: not in the JavaScript binding',
    message: /Unsupported data type: 16|bfloat16/,
    cases: [
      ...names('node', 'cast_BFLOAT16_to_FLOAT cast_FLOAT_to_BFLOAT16'),
      ...names('node', 'castlike_BFLOAT16_to_FLOAT castlike_BFLOAT16_to_FLOAT_expanded'),
      ...names('node', 'castlike_FLOAT_to_BFLOAT16 castlike_FLOAT_to_BFLOAT16_expanded'),
    ],
  },
  {
    reason: 'sequences and optionals as inputs or outputs: not in the JavaScript binding',
    message: /[Nn]on tensor type|not a tensor/,
    cases: [
      ...names('node', 'identity_opt identity_sequence if_opt if_seq loop13_seq loop16_seq_none'),
      ...names('node', 'optional_get_element optional_get_element_sequence'),
      ...names('node', 'optional_has_element optional_has_element_empty'),
      ...names('node', 'sequence_insert_at_back sequence_insert_at_front'),
      ...names('node', 'sequence_map_add_1_sequence_1_tensor sequence_map_add_2_sequences'),
      ...names('node', 'sequence_map_add_1_sequence_1_tensor_expanded'),
      ...names('node', 'sequence_map_add_2_sequences_expanded sequence_map_extract_shapes'),
      ...names('node', 'sequence_map_extract_shapes_expanded sequence_map_identity_1_sequence'),
      ...names('node', 'sequence_map_identity_1_sequence_1_tensor'),
      ...names('node', 'sequence_map_identity_1_sequence_1_tensor_expanded'),
      ...names('node', 'sequence_map_identity_1_sequence_expanded'),
      ...names(
        'node',
        'sequence_map_identity_2_sequences sequence_map_identity_2_sequences_expanded',
      ),
    ],
  },
  {
    reason: 'recurrent layers with the batch first (layout = 1): not implemented',
    message: /Batchwise recurrent operations/,
    cases: names('node', 'gru_batchwise lstm_batchwise simple_rnn_batchwise'),
  },
  {
    reason: 'floats as text: ONNX Runtime prints one digit more',
    message: /^value/,
    cases: names(
      'node',
      'cast_FLOAT_to_STRING castlike_FLOAT_to_STRING castlike_FLOAT_to_STRING_expanded',
    ),
  },
  {
    reason:
      'align_corners when shrinking, MaxUnpool with a larger shape: ONNX Runtime computes another result',
    message: /^value/,
    cases: [
      ...names('node', 'resize_downsample_scales_cubic_align_corners'),
      ...names('node', 'resize_downsample_scales_linear_align_corners'),
      ...names('node', 'maxunpool_export_with_output_shape'),
    ],
  },
  {
    reason: 'StringNormalizer asks for the locale en_US.UTF-8',
    message: /locale/i,
    machine: true,
    cases: [
      ...names('node', 'strnormalizer_export_monday_casesensintive_lower'),
      ...names('node', 'strnormalizer_export_monday_casesensintive_upper'),
      ...names('node', 'strnormalizer_export_monday_empty_output'),
      ...names('node', 'strnormalizer_export_monday_insensintive_upper_twodim'),
      ...names('simple', 'strnorm_model_monday_casesensintive_lower'),
      ...names('simple', 'strnorm_model_monday_casesensintive_upper'),
      ...names('simple', 'strnorm_model_monday_empty_output'),
      ...names('simple', 'strnorm_model_monday_insensintive_upper_twodim'),
    ],
  },
  {
    reason: 'operator sets before 7: ONNX Runtime has no kernels for operators that changed since',
    message: /Could not find an implementation/,
    cases: [
      ...names('pytorch-converted', 'AvgPool1d AvgPool1d_stride AvgPool2d AvgPool2d_stride'),
      ...names('pytorch-converted', 'AvgPool3d AvgPool3d_stride AvgPool3d_stride1_pad0_gpu_input'),
      ...names('pytorch-converted', 'BatchNorm1d_3d_input_eval BatchNorm2d_eval BatchNorm3d_eval'),
      ...names('pytorch-converted', 'BatchNorm2d_momentum_eval BatchNorm3d_momentum_eval'),
      ...names('pytorch-converted', 'GLU GLU_dim Linear PReLU_1d PReLU_1d_multiparam PReLU_2d'),
      ...names('pytorch-converted', 'PReLU_2d_multiparam PReLU_3d PReLU_3d_multiparam'),
      ...names('pytorch-converted', 'PoissonNLLLLoss_no_reduce Softsign'),
      ...names('pytorch-operator', 'operator_add_broadcast operator_add_size1_broadcast'),
      ...names('pytorch-operator', 'operator_add_size1_right_broadcast operator_addconstant'),
      ...names('pytorch-operator', 'operator_add_size1_singleton_broadcast operator_addmm'),
      ...names('pytorch-operator', 'operator_basic operator_mm operator_non_float_params'),
      ...names('pytorch-operator', 'operator_params operator_pow'),
    ],
  },
];

/** Fourier transforms: the data stores exact zeros, so that errors are measured against the largest value. */
export const SCALED: ReadonlySet<string> = new Set(
  names('node', 'dft dft_axis dft_inverse stft stft_with_window'),
);
