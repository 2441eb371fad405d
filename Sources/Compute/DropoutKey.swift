import Random
import Requirements

/// What names one dropout of one training step, wherever it is computed.
public struct DropoutKey: Sendable {
  /// Keyed by seed, fold and step.
  public let generator: CounterGenerator
  /// Which dropout of the model, counted from its input.
  public let layer: Int
  /// Probability that a value is dropped, in 0 ..< 1.
  public let probability: Double

  public init(generator: CounterGenerator, layer: Int, probability: Double) {
    require(
      probability >= 0 && probability < 1,
      "a dropout of probability \(probability), which is not at least 0 and less than 1")
    self.generator = generator
    self.layer = layer
    self.probability = probability
  }
}
