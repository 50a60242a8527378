import { testKernels } from '../support/test-kernels.ts';
import { resizeCases } from './resize.cases.ts';

testKernels('resize', resizeCases);
