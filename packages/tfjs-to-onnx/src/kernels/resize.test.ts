import { testKernels } from '../testing/test-kernels.ts';
import { resizeCases } from './resize.cases.ts';

testKernels('resize', resizeCases);
