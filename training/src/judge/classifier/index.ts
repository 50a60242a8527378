export {
  type Classified,
  type Classifier,
  type ClassifierProvenance,
  classifierFolder,
  loadClassifier,
  openClassifier,
  readProvenance,
} from './classifier.ts';
export { type TrainClassifierOptions, trainClassifier } from './train-classifier.ts';
export { writeClassifier } from './write-classifier.ts';
