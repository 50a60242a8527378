import { testKernels } from '../support/test-kernels.ts';
import { poolCases } from './pool.cases.ts';

testKernels('pool', poolCases);
