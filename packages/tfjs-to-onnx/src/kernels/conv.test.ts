import { testKernels } from '../testing/test-kernels.ts';
import { convCases } from './conv.cases.ts';

testKernels('conv', convCases);
