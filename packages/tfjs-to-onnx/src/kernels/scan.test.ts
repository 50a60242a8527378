import { testKernels } from '../testing/test-kernels.ts';
import { scanCases } from './scan.cases.ts';

testKernels('scan', scanCases);
