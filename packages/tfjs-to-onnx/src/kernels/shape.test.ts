import { testKernels } from '../testing/test-kernels.ts';
import { shapeCases } from './shape.cases.ts';

testKernels('shape', shapeCases);
