import { testKernels } from '../support/test-kernels.ts';
import { normalizationCases } from './normalization.cases.ts';

testKernels('normalization', normalizationCases);
