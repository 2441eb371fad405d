import Random

/// Which training clips each step of an epoch takes.
public enum BatchOrder {
  /// The batches of one epoch: runs of the file's order or, shuffled, of a permutation that depends
  /// on seed, fold and epoch alone. The last batch may be smaller.
  public static func batches(
    count: Int, batchSize: Int, shuffle: Bool, seed: UInt64, fold: Int, epoch: Int
  ) -> [[Int]] {
    let order =
      shuffle
      ? CounterGenerator(seed: seed, fold: fold, epoch: epoch, purpose: .batchOrder)
        .permutation(count)
      : Array(0..<count)
    return stride(from: 0, to: count, by: batchSize).map {
      Array(order[$0..<min($0 + batchSize, count)])
    }
  }
}
