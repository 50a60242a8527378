import { testKernels } from '../support/test-kernels.ts';
import { unaryCases } from './unary.cases.ts';

testKernels('unary', unaryCases);
