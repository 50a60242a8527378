import { testKernels } from '../testing/test-kernels.ts';
import { normalizationCases } from './normalization.cases.ts';

testKernels('normalization', normalizationCases);
