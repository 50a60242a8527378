/**
 * What each field of the card means. Kept apart from the schema in core, so that the text is not
 * carried into every page that loads a model; the schema's test asks for a line for every field.
 */
export const CARD_FIELDS: Readonly<Record<string, string>> = {
  format: 'Version of the card format.',
  name: 'Name of the model.',
  description: 'What the model is, in a sentence or two.',
  family: 'The kind of autoencoder.',
  item: 'What the model encodes and decodes.',
  'item.shape':
    'Shape of one item, outermost dimension first: [height, width, channels] for images.',
  'item.layout': 'Meaning of the dimensions of an item.',
  'item.range': 'Smallest and largest value of an element; other values are refused.',
  preprocessing:
    'How a picture becomes an item (docs/pictures.md); its 8-bit pixels become values as value = pixel · scale + offset.',
  'preprocessing.scale': 'Factor on a pixel, such as 1/255.',
  'preprocessing.offset': 'Added after the scaling.',
  'preprocessing.grey':
    'Weights of red, green and blue in a grey value, on gamma-encoded values; 0.299, 0.587, 0.114 (BT.601) where absent.',
  'preprocessing.kernel':
    'The antialiased kernel that pictures are resampled by; cubic (Keys, a = −½) where absent.',
  'preprocessing.fit':
    'How a picture of another shape fills the item: cut, padded or stretched; cover where absent.',
  'preprocessing.background':
    '[red, green, blue], 0 to 255: shows through transparent pixels and fills padding; black where absent.',
  likelihood:
    "The distribution of an item that the decoder describes; absent in a model of the family 'encoder'.",
  'likelihood.kind': 'Which distribution; a Bernoulli decoder gives logits too.',
  'likelihood.sigma': 'Standard deviation of every element (gaussian).',
  'likelihood.scale':
    'Scale of every element, in units of its values: the mean distance from the mean (laplace), or √3/π of the standard deviation (discretised-logistic).',
  'likelihood.levels':
    'Values that an element may have, evenly over the range (discretised-logistic): 256 of 8-bit pixels.',
  latent: 'What the encoder says of an item.',
  'latent.kind': 'Form of the latent; it decides the names of the graphs’ outputs (below).',
  'latent.size': 'Numbers in one latent.',
  'latent.flow': 'The transformation that a flow stacks on a diagonal Gaussian (flow).',
  'latent.steps': 'How many transformations are stacked (flow).',
  'latent.levels':
    'Dimensions of each level, the most abstract first; they sum to the size (ladder).',
  'latent.grid': '[height, width] of the grid of codes (codes).',
  'latent.codes': 'Entries of the codebook (codes).',
  'latent.dim': 'Dimensions of one code vector; the size is height · width · dim (codes).',
  'latent.prior':
    'The prior that was learned with the model, a mixture of Gaussians; N(0, I) where absent (gaussian). Of format 2 alone.',
  'latent.prior.components': 'Its Gaussians.',
  'latent.prior.components.weight': 'Share of the latents; the shares sum to 1.',
  'latent.prior.components.mean': 'As many numbers as the latent has.',
  'latent.prior.components.factor':
    'Standard deviation of each dimension; or the rows of the lower Cholesky factor of the covariance, each up to the diagonal.',
  'latent.prior.protocol': 'How the prior came about.',
  latentSpace:
    'What was found out about the latent space after the model was made; none of it changes the model or its identity.',
  'latentSpace.directions': 'Where attributes of the items point to (docs/editing.md).',
  'latentSpace.directions.name': 'Name of the attribute.',
  'latentSpace.directions.vector':
    'What is added to a latent to raise the attribute by one of its standard deviations; as many numbers as the latent has.',
  'latentSpace.directions.deviation': 'Standard deviation of the attribute over the items.',
  'latentSpace.directions.r2':
    'Share of the attribute’s variance that a linear reading of held-out latents explains.',
  'latentSpace.directions.accuracy':
    'For an attribute of 0 and 1: share of held-out items for which that reading is right.',
  'latentSpace.directions.protocol': 'How the direction was found: data, items, method.',
  'latentSpace.mixture':
    'A mixture of Gaussians that approximates where latents of data lie; what samples can be drawn from.',
  'latentSpace.mixture.components': 'Its Gaussians.',
  'latentSpace.mixture.components.weight': 'Share of the latents; the shares sum to 1.',
  'latentSpace.mixture.components.mean': 'As many numbers as the latent has.',
  'latentSpace.mixture.components.factor':
    'The rows of the lower Cholesky factor of the covariance, each up to the diagonal; or the standard deviations, where it has no others.',
  'latentSpace.mixture.protocol': 'How the mixture was fitted: data, items, choice of its size.',
  'latentSpace.thresholds': 'Scores below which an item counts as odd (docs/anomaly-detection.md).',
  'latentSpace.thresholds.score': 'Which part of the score.',
  'latentSpace.thresholds.value': 'The threshold, in nats.',
  'latentSpace.thresholds.falseAlarms': 'Share of ordinary items that score lower.',
  'latentSpace.thresholds.protocol': 'How the threshold was set: data, seed.',
  'latentSpace.thresholds.count': 'Items that it was set on.',
  condition: 'What the model is conditioned on.',
  'condition.labels': 'Names of the classes, in the order of the one-hot input y.',
  graphs: 'The ONNX graphs, by their part in the model.',
  'graphs.encoder': 'Items in, latents out.',
  'graphs.decoder': "Latents in, items out; absent in a model of the family 'encoder'.",
  'graphs.codebook': 'Indices in, code vectors out (codes).',
  'graphs.prior':
    'Indices in, logits of each code given those before it in raster order out (codes).',
  golden:
    'Inputs and outputs recorded from the trainer, for checking any runtime (see Golden values).',
  training: 'The losses of each epoch of the training, and the seconds that it took.',
  pseudoInputs:
    'The pseudo-inputs that the prior was made of, as safetensors: what training goes on from. No runtime reads them.',
  metrics: 'What was measured on the exported graphs.',
  'metrics.name': 'What was measured.',
  'metrics.value': 'The figure.',
  'metrics.unit': 'Its unit, such as nats an item.',
  'metrics.protocol': 'How the figure came about: data, likelihood, estimator, samples.',
  'metrics.split': 'The part of the data set that was measured.',
  'metrics.count': 'Items measured.',
  provenance: 'How the model was made.',
  'provenance.dataset': 'The data it was trained on.',
  'provenance.data':
    'Their number and digests, which differ for other items, names, classes or splits.',
  'provenance.seed': 'Seed of weights, order and noise.',
  'provenance.epochs': 'Passes over the training data.',
  'provenance.leftOut': 'Classes that the model was not trained on.',
  'provenance.binarisation':
    'How grey values were drawn to 0 or 1 for training and test; "none" where absent.',
  'provenance.objective': 'What was minimised.',
  'provenance.engine': 'What computed the training steps.',
  'provenance.seconds': 'What the epochs took by the clock, other work on the machine included.',
  'provenance.from':
    'The model that it went on from, where its training did not start from nothing.',
  'provenance.from.name': 'Its name.',
  'provenance.from.sha256': 'The SHA-256 of its encoder, lower-case hexadecimal.',
  'provenance.command': 'The command that trained it.',
  'provenance.tools': 'Versions of what made the model, by package.',
  tolerance:
    'Largest error against the golden outputs that each device may show, in units of the largest number of its row where that is beyond ±1.',
  'Graph.inputs': 'What the graph takes, in order.',
  'Graph.outputs': 'What the graph gives, in order.',
  'Graph.files': 'One file for each precision on offer.',
  'Graph.files.fp32': '32-bit floats; always there.',
  'Graph.files.fp16': 'Half precision.',
  'Graph.files.int8': 'Weights of 8 bits; activations of products are quantised when it runs.',
  'TensorInfo.name': 'Name of the input or output in the graph.',
  'TensorInfo.dtype': 'Type of an element.',
  'TensorInfo.shape': 'Numbers are fixed sizes, strings name dynamic dimensions ("batch").',
  'File.file':
    'A bare file name beside model.json; no folders, so that a card cannot reach elsewhere.',
  'File.bytes': 'Length of the file.',
  'File.sha256': 'Its SHA-256; compared before a session is made from the file.',
  'Variant.file': 'As of any file.',
  'Variant.bytes': 'As of any file.',
  'Variant.sha256': 'As of any file.',
  'Variant.error':
    'Largest error of a number against the golden outputs on the CPU, measured when the file was made, in the units of tolerance.',
};
