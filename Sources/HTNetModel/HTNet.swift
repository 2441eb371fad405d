import Autograd
import Compute
import NeuralNetwork
import Random
import Requirements

/// The hierarchical transformer for micro-expressions (Wang et al. 2024), as a layout of parameters
/// and a function of weights and images.
///
/// ```swift
/// let model = try HTNet(configuration)
/// let weights = Weights<Float>(model.layout)
/// weights.initialize(CounterGenerator(seed: 1, purpose: .initialWeights))
/// let tape = Tape(backend, shards: BatchShards(whole: 8), weights: weights.buffer)
/// let logits = model(images, on: tape)
/// ```
public struct HTNet: Sendable {
  public let configuration: HTNetConfiguration
  /// Every published tensor, in the order of the published state dictionary.
  public let layout: ParameterLayout
  let embedding: Linear
  let levels: [HTNetLevel]
  let headNorm: ChannelNorm
  let head: Linear

  /// - Throws: `HTNetConfigurationError` if the shape breaks a rule.
  public init(_ configuration: HTNetConfiguration) throws {
    try configuration.validate()
    self.configuration = configuration
    var layout = ParameterLayout()
    let patch = configuration.patchSize * configuration.patchSize * configuration.channels
    embedding = Linear(
      "to_patch_embedding.1", inputs: patch, outputs: configuration.dim, in: &layout)
    var levels: [HTNetLevel] = []
    for level in 0..<configuration.hierarchies {
      levels.append(HTNetLevel(configuration, level: level, in: &layout))
    }
    self.levels = levels
    let last = configuration.dim(level: configuration.hierarchies - 1)
    headNorm = ChannelNorm("mlp_head.0", channels: last, in: &layout)
    head = Linear(
      "mlp_head.2", inputs: last, outputs: configuration.classes, isConvolution: false,
      in: &layout)
    self.layout = layout
  }

  /// Logits [samples, classes] of the tape's samples.
  ///
  /// - Parameters:
  ///   - images: [samples, channels · image · image], pixel values 0 … 255.
  ///   - dropout: Keyed by seed, fold and step while training; nil: nothing is dropped.
  public func callAsFunction<Backend>(
    _ images: Backend.Matrix, dropout generator: CounterGenerator? = nil, on tape: Tape<Backend>
  ) -> Variable<Backend> {
    let pixels = configuration.channels * configuration.imageSize * configuration.imageSize
    require(
      images.columns == pixels && images.rows == tape.shards.samples.count,
      "images [\(images.rows), \(images.columns)] for \(tape.shards.samples.count) samples of "
        + "\(pixels) pixels")
    var dropout = DropoutSequence(generator: generator, probability: configuration.dropout)
    let patches = tape.backend.patches(
      images, channels: configuration.channels, side: configuration.imageSize,
      patch: configuration.patchSize)
    var x = embedding(tape.input(patches), on: tape)
    for level in levels { x = level(x, dropout: &dropout, on: tape) }
    let positions = levels[levels.count - 1].map.positions
    return head(tape.mean(headNorm(x, on: tape), positions: positions), on: tape)
  }
}
