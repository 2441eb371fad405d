/// Decoupled weight decay (Loshchilov & Hutter 2019): before each update weights are multiplied by
/// 1 − learning rate · `rate`.
public struct WeightDecay: Sendable, Equatable {
  public let rate: Double
  /// What is not decayed.
  public let spared: Set<TensorKind>

  public init(rate: Double, spared: Set<TensorKind>) {
    self.rate = rate
    self.spared = spared
  }
}
