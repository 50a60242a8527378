import { testKernels } from '../support/test-kernels.ts';
import { reductionCases } from './reduction.cases.ts';

testKernels('reduction', reductionCases);
