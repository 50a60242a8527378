import { testKernels } from '../support/test-kernels.ts';
import { indexingCases } from './indexing.cases.ts';

testKernels('indexing', indexingCases);
