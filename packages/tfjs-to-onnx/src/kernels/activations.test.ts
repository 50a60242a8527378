import { testKernels } from '../support/test-kernels.ts';
import { activationCases } from './activations.cases.ts';

testKernels('activations', activationCases);
