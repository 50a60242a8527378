import { testKernels } from '../testing/test-kernels.ts';
import { activationCases } from './activations.cases.ts';

testKernels('activations', activationCases);
