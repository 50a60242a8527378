import { testKernels } from '../testing/test-kernels.ts';
import { indexingCases } from './indexing.cases.ts';

testKernels('indexing', indexingCases);
