/** What a data set is, from the package that reads them. */
export { type Dataset, DIGITS, type Factors, type Split, takeItems } from '@latentkit/data';
