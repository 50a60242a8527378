import { testKernels } from '../testing/test-kernels.ts';
import { reductionCases } from './reduction.cases.ts';

testKernels('reduction', reductionCases);
