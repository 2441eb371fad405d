import Compute

/// An exponential moving average of the weights (EMA): after each update
/// average = decay · average + (1 − decay) · weights. It begins as the first weights.
///
/// Kept, like Adam's moments, for the owned elements of the flat gradient alone.
public final class WeightAverage<Backend: ComputeBackend> {
  public let decay: Double
  public let owned: Range<Int>
  /// The average of the owned elements.
  public let values: Backend.Flat
  /// Where runs of them start here, and where they lie in the weights.
  public let runs: [(start: Int, weights: Range<Int>)]

  public init(decay: Double, layout: ParameterLayout, owned: Range<Int>, _ backend: Backend) {
    self.decay = decay
    self.owned = owned
    values = backend.flat(count: owned.count)
    var start = 0
    runs = layout.weightRanges(ofGradient: owned).map { range in
      defer { start += range.count }
      return (start, range)
    }
  }

  /// Takes part of an update's weights.
  public func update(_ backend: Backend, weights: Backend.Flat) { average(backend, weights, decay) }

  /// Begins anew with these weights.
  public func reset(_ backend: Backend, weights: Backend.Flat) { average(backend, weights, 0) }

  private func average(_ backend: Backend, _ weights: Backend.Flat, _ decay: Double) {
    for run in runs {
      backend.average(
        FlatSlice(weights, offset: run.weights.lowerBound), count: run.weights.count, decay: decay,
        into: FlatSlice(values, offset: run.start))
    }
  }
}
