export {
  type Classified,
  type Classifier,
  type ClassifierProvenance,
  classifierFolder,
  loadClassifier,
  openClassifier,
  readProvenance,
} from './classifier.ts';
export { type ClassifierForm, DIGIT_FORM } from './classifier-network.ts';
export { type TrainClassifierOptions, trainClassifier } from './train-classifier.ts';
export { writeClassifier } from './write-classifier.ts';
