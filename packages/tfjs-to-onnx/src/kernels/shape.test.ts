import { testKernels } from '../support/test-kernels.ts';
import { shapeCases } from './shape.cases.ts';

testKernels('shape', shapeCases);
