import TensorCore

/// Adam (Kingma & Ba 2015) with bias correction and no weight decay, for a part of a model.
///
/// The moments exist only for the elements of the flat gradient that this optimizer owns, so a
/// group of ranks shares them out. What an element becomes depends on that element alone.
public final class Adam<Scalar: TensorScalar> {
  public let learningRate: Double
  public let beta1 = 0.9
  public let beta2 = 0.999
  public let epsilon = 1e-8
  /// Updates made so far; set it with the moments when a state is restored.
  public var steps = 0
  /// The owned elements of the flat gradient.
  public let owned: Range<Int>
  /// First and second moments of the owned elements.
  public let first: Buffer<Scalar>
  public let second: Buffer<Scalar>
  /// Runs of owned elements that lie together in both arrays.
  private let runs: [(gradient: Int, weights: Range<Int>)]

  public init(learningRate: Double, layout: ParameterLayout, owned: Range<Int>) {
    self.learningRate = learningRate
    self.owned = owned
    first = Buffer(count: owned.count)
    second = Buffer(count: owned.count)
    var start = owned.lowerBound
    runs = layout.weightRanges(ofGradient: owned).map { range in
      defer { start += range.count }
      return (start, range)
    }
  }

  /// Updates the owned weights from their gradient.
  ///
  /// - Parameters:
  ///   - weights: The model's flat weights.
  ///   - gradient: The whole flat gradient, of which the owned part is read.
  public func step(
    _ context: ComputeContext<Scalar>, weights: UnsafeMutablePointer<Scalar>,
    gradient: UnsafePointer<Scalar>
  ) {
    steps += 1
    let rate = Scalar(learningRate / (1 - Elementary.power(beta1, steps)))
    let correction = Scalar(1 / (1 - Elementary.power(beta2, steps)).squareRoot())
    context.timed(.optimizer) {
      for run in runs {
        let moments = run.gradient - owned.lowerBound
        context.forEachPart(of: run.weights.count, grain: 1 << 15) { part in
          let start = part.lowerBound
          Scalar.adam(
            part.count, weights: weights + run.weights.lowerBound + start,
            gradient: gradient + run.gradient + start, first: first.pointer + moments + start,
            second: second.pointer + moments + start, beta1: Scalar(beta1), beta2: Scalar(beta2),
            epsilon: Scalar(epsilon), step: rate, correction: correction)
        }
      }
    }
  }
}
