import { testKernels } from '../testing/test-kernels.ts';
import { poolCases } from './pool.cases.ts';

testKernels('pool', poolCases);
