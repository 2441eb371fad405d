import Elementary

extension CounterGenerator {
  /// A number drawn from N(0, 1) by the Box–Muller transform of the words 2·index and 2·index + 1
  /// of a lane of the normal draws' own stream.
  public func normal(_ index: Int, lane: Int = 0) -> Double {
    let words = ofNormals
    let radius = 1 - words.uniform(2 * index, lane: lane)
    let turn = words.uniform(2 * index + 1, lane: lane)
    return (-2 * Elementary.log(radius)).squareRoot() * Elementary.cosine(ofTurn: turn)
  }
}
