import { testKernels } from '../testing/test-kernels.ts';
import { unaryCases } from './unary.cases.ts';

testKernels('unary', unaryCases);
