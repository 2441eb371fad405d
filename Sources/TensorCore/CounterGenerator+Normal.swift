import Foundation

extension CounterGenerator {
  /// A number drawn from N(0, 1) by the Box–Muller transform of the words 2·index and 2·index + 1.
  public func normal(_ index: UInt64) -> Double {
    let radius = 1 - uniform(2 &* index)
    let angle = 2 * Double.pi * uniform(2 &* index &+ 1)
    return (-2 * log(radius)).squareRoot() * cos(angle)
  }
}
