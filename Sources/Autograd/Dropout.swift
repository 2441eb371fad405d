import Requirements
import TensorCore

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

extension Tape {
  /// A mask of 0 and 1 / (1 − probability): a pure function of the key and of the element's place
  /// in the whole batch.
  func dropoutMask(_ key: DropoutKey, rows: Int, columns: Int) -> Matrix<Scalar> {
    let mask = matrix(rows, columns)
    let firstRow = shards.samples.lowerBound * rowsPerSample(rows)
    let kept = Scalar(1 / (1 - key.probability))
    context.forEachPart(of: mask.count, grain: 1 << 14) { part in
      key.generator.fillMask(
        mask.pointer, part, lane: key.layer, first: firstRow * columns, kept: kept,
        dropping: key.probability)
    }
    return mask
  }
}
