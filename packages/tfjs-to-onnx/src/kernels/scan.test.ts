import { testKernels } from '../support/test-kernels.ts';
import { scanCases } from './scan.cases.ts';

testKernels('scan', scanCases);
