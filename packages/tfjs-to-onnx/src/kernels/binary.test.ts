import { testKernels } from '../testing/test-kernels.ts';
import { binaryCases } from './binary.cases.ts';

testKernels('binary', binaryCases);
