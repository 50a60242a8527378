/**
 * In continuous integration a case that failed is tried once more at the end of its file. What passes then is
 * no fault of the change at hand, yet a fault: the totals name it, to be mended.
 */
import { jest } from '@jest/globals';

jest.retryTimes(1, { logErrorsBeforeRetry: true });
