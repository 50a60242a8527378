import { testKernels } from '../support/test-kernels.ts';
import { matmulCases } from './matmul.cases.ts';

testKernels('matmul', matmulCases);
