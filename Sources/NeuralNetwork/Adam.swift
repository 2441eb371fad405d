import Compute
import Elementary

/// Adam (Kingma & Ba 2015) with bias correction, for a part of a model; with weight decay it is AdamW.
///
/// The moments exist only for the elements of the flat gradient that this optimizer owns, so a
/// group of ranks shares them out. What an element becomes depends on that element alone.
public final class Adam<Backend: ComputeBackend> {
  /// Of the next update.
  public var learningRate: Double
  public let beta1 = 0.9
  public let beta2 = 0.999
  public let epsilon = 1e-8
  /// Updates made so far; set it with the moments when a state is restored.
  public var steps = 0
  /// The owned elements of the flat gradient.
  public let owned: Range<Int>
  /// First and second moments of the owned elements.
  public let first: Backend.Flat
  public let second: Backend.Flat
  /// Runs of owned elements that lie together in both arrays, cut into parts.
  private let runs: [(gradient: Int, weights: Range<Int>)]
  /// nil: weights do not decay.
  private let decay: WeightDecay?
  /// Runs of owned weights that decay.
  private let decayed: [Range<Int>]
  /// The most elements of a part.
  private static var part: Int { 1 << 20 }

  public init(
    learningRate: Double, decay: WeightDecay? = nil, layout: ParameterLayout, owned: Range<Int>,
    _ backend: Backend
  ) {
    self.learningRate = learningRate
    self.decay = decay
    decayed = decay.map { layout.weightRanges(ofGradient: owned, besides: $0.spared) } ?? []
    self.owned = owned
    first = backend.flat(count: owned.count)
    second = backend.flat(count: owned.count)
    var start = owned.lowerBound
    runs = layout.weightRanges(ofGradient: owned).flatMap { range in
      stride(from: range.lowerBound, to: range.upperBound, by: Self.part).map { first in
        let part = first..<min(first + Self.part, range.upperBound)
        defer { start += part.count }
        return (start, part)
      }
    }
  }

  /// Updates the owned weights from their gradient.
  ///
  /// - Parameters:
  ///   - weights: The model's flat weights.
  ///   - gradient: The whole flat gradient, of which the owned part is read.
  ///   - isUpdated: Told, now and then, below which place in the flat weights the owned ones are updated.
  public func step(
    _ backend: Backend, weights: Backend.Flat, gradient: Backend.Flat,
    isUpdated: (_ end: Int) -> Void = { _ in }
  ) {
    steps += 1
    if let decay {
      for run in decayed {
        backend.scale(
          FlatSlice(weights, offset: run.lowerBound), count: run.count,
          by: 1 - learningRate * decay.rate)
      }
    }
    let step = AdamStep(
      beta1: beta1, beta2: beta2, epsilon: epsilon,
      rate: learningRate / (1 - Elementary.power(beta1, steps)),
      correction: 1 / (1 - Elementary.power(beta2, steps)).squareRoot())
    for run in runs {
      let moments = run.gradient - owned.lowerBound
      backend.adam(
        step, count: run.weights.count,
        weights: FlatSlice(weights, offset: run.weights.lowerBound),
        gradient: FlatSlice(gradient, offset: run.gradient),
        first: FlatSlice(first, offset: moments), second: FlatSlice(second, offset: moments))
      isUpdated(run.weights.upperBound)
    }
  }
}
