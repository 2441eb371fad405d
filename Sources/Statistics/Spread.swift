/// Mean and spread of a few values, one a seed.
public struct Spread: Sendable, Equatable {
  public let mean: Double
  /// The sample's standard deviation, by n - 1; nil for one value.
  public let deviation: Double?

  /// - Parameter values: At least one.
  public init(_ values: [Double]) {
    let mean = values.reduce(0, +) / Double(values.count)
    self.mean = mean
    let squares = values.map { ($0 - mean) * ($0 - mean) }
    deviation =
      values.count < 2 ? nil : (squares.reduce(0, +) / Double(values.count - 1)).squareRoot()
  }
}
