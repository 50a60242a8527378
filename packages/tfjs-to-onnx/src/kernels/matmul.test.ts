import { testKernels } from '../testing/test-kernels.ts';
import { matmulCases } from './matmul.cases.ts';

testKernels('matmul', matmulCases);
