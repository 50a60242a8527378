import { testKernels } from '../support/test-kernels.ts';
import { binaryCases } from './binary.cases.ts';

testKernels('binary', binaryCases);
