import { testKernels } from '../support/test-kernels.ts';
import { convCases } from './conv.cases.ts';

testKernels('conv', convCases);
