import Foundation
import HTNetModel
import NeuralNetwork
import Random
import Safetensors
import Training

/// A file of weights as `htnet export` writes it, with metadata that a test may change.
struct ModelFile {
  let path: String
  let model: HTNet
  let weights: Weights<Float>
  var metadata: [String: String]

  init(_ path: String, seed: UInt64 = 1) throws {
    self.path = path
    var configuration = HTNetConfiguration()
    configuration.imageSize = 4
    configuration.patchSize = 1
    configuration.channels = 1
    configuration.hierarchies = 1
    configuration.blockRepeats = [1]
    configuration.dim = 6
    model = try HTNet(configuration)
    weights = Weights(model.layout)
    weights.initialize(CounterGenerator(seed: seed, purpose: .initialWeights))
    metadata = [
      "config": configuration.publishedArguments, "constructor": configuration.publishedConstructor,
      "format": "manifest", "channels": "grey", "regions": "whole", "scaling": "raw",
      "precision": "float32", "classes": "no, perhaps, \"yes\"", "trained_on": "[\"mine/a\"]",
      "weights_sha256": weights.sha256,
    ]
  }

  @discardableResult
  func write() throws -> String {
    try SafetensorsWriter.write(weights.tensors(), metadata: metadata, to: path)
    return path
  }
}
